#!/bin/sh
# Makes what the deployment keeps secret, once: deploy/secrets/, for the owner only. What is there already is left alone.
# Needs a POSIX shell and the coreutils, nothing else.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
cd secrets

if [ -e mongo.env ]; then
  echo "deploy/secrets is there already; remove it to make new ones (the databases keep the old passwords of root)." >&2
  exit 1
fi

# A letter first, so that no reader takes it for a number.
password() { printf 'p%s' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; }

root=$(password)
printf 'MONGO_KEY=%s%s\n' "$(password)" "$(password)" > mongo.env
printf 'ROOT_PASSWORD=%s\n' "$root" > mongo_init.env
: > nats.env
for service in tags assemblers registry; do
  name=$(echo "$service" | tr '[:lower:]' '[:upper:]')
  mongo=$(password)
  nats=$(password)
  printf '%s_PASSWORD=%s\n' "$name" "$mongo" >> mongo_init.env
  printf '%s_NATS_PASSWORD=%s\n' "$name" "$nats" >> nats.env
  printf 'MONGODB_URL=mongodb://%s:%s@mongo:27017/%s?replicaSet=rs0\nNATS_URL=nats://%s:%s@nats:4222\n' \
    "$service" "$mongo" "$service" "$service" "$nats" > "$service.env"
done

# One token with every scope, for the first steps; the services see its hash only.
token="muster_$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')"
printf '%s\n' "$token" > token
hash=$(printf '%s' "$token" | sha256sum | cut -d ' ' -f 1)
mkdir tokens
cat > tokens/tokens.json <<JSON
{
  "tokens": [
    {
      "id": "first",
      "sha256": "$hash",
      "name": "first",
      "scopes": ["agents:write", "jobs:write", "tags:write", "assemblers:write", "source_paths:write"],
      "created": "$(date -u +%Y-%m-%dT%H:%M:%SZ)",
      "expires": null
    }
  ]
}
JSON
# For a certificate and its key, if the gateway shall serve HTTPS itself.
mkdir tls
# The services run as another user than the owner of deploy/secrets, which nobody else can enter.
chmod 755 tokens tls
chmod 644 tokens/tokens.json
echo "Made deploy/secrets. The first token is in deploy/secrets/token."
