-- What wrk sends and how it judges the answers. `wrk … -- plan.lua`; the plan is written by wrk.ts.
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
end

function init(args)
  plan = dofile(args[1])
  right, wrong, first_wrong, counter, acknowledged = 0, 0, '', plan.start or 0, {}
  if plan.paths then
    ready = {}
    for at, path in ipairs(plan.paths) do ready[at] = wrk.format('GET', path, plan.headers) end
    -- The same pseudo-random order at every run: Fisher and Yates with a linear congruence.
    local seed = 7
    for at = #ready, 2, -1 do
      seed = (seed * 16807) % 2147483647
      local other = seed % at + 1
      ready[at], ready[other] = ready[other], ready[at]
    end
  end
end

function request()
  counter = counter + 1
  if ready then return ready[counter % #ready + 1] end
  local body = string.format(plan.template, counter, counter)
  return wrk.format('POST', plan.path, plan.headers, body)
end

function response(status, headers, body)
  if status == plan.status and string.sub(body, 1, #plan.begins) == plan.begins then
    right = right + 1
    if plan.acknowledged then acknowledged[right] = string.match(body, plan.acknowledged) end
  else
    wrong = wrong + 1
    if wrong == 1 then first_wrong = status .. ' ' .. string.sub(body, 1, 300) end
  end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(letter) return string.format('\\u%04x', letter:byte()) end) .. '"'
end

function done(summary, latency)
  local right_all, wrong_all, first, last = 0, 0, '', 0
  for _, thread in ipairs(threads) do
    right_all = right_all + thread:get('right')
    wrong_all = wrong_all + thread:get('wrong')
    last = math.max(last, thread:get('counter'))
    if first == '' then first = thread:get('first_wrong') end
  end
  local errors = summary.errors
  io.write(string.format(
    '\nresult {"seconds":%.6f,"right":%d,"wrong":%d,"first_wrong":%s,"counter":%d,"broken":%d,"late":%d,"p50":%.4f,"p99":%.4f}\n',
    summary.duration / 1e6, right_all, wrong_all, quoted(first), last,
    errors.connect + errors.read + errors.write, errors.timeout,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3
  ))
  for _, thread in ipairs(threads) do
    for _, name in pairs(thread:get('acknowledged')) do io.write('acknowledged ', name, '\n') end
  end
end
