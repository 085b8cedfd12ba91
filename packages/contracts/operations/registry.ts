import { agentSchema, registerAgentSchema } from '../records/agent.ts';
import { jobSchema, submitJobSchema } from '../records/job.ts';
import { addSourcePathSchema, sourcePathSchema } from '../records/source_path.ts';
import { anyUuid, listOf } from '../schema.ts';
import { cursorQuery, integerText, type Operation, pageHeaders, pageQuery } from './operation.ts';

const service = 'registry';
const agents = { path: '/api/v1/agents/', alsoAt: ['/api/v1/agents'] } as const;
const jobs = { path: '/api/v1/jobs/', alsoAt: ['/api/v1/jobs'] } as const;
const sourcePaths = { path: '/v1/source_paths.json', alsoAt: ['/v1/source_paths'] } as const;
const sourcePath = { path: '/v1/source_paths/{id}.json', alsoAt: ['/v1/source_paths/{id}'] } as const;

/** The operations of the registry: agents, jobs and source paths, out of the box. */
export const registryOperations = {
  listAgents: {
    id: 'listAgents',
    service,
    method: 'GET',
    ...agents,
    summary: 'Lists all agents by id, or a page of them.',
    query: cursorQuery(anyUuid),
    successes: { 200: { description: 'The agents.', schema: listOf(agentSchema) } },
    refusals: [],
  },
  registerAgent: {
    id: 'registerAgent',
    service,
    method: 'POST',
    ...agents,
    summary: 'Registers an agent, or changes the one whose id is given.',
    scope: 'agents:write',
    body: registerAgentSchema,
    takes: 'json',
    successes: {
      201: { description: 'Newly registered.', schema: agentSchema },
      200: { description: 'The agent was there; the fields given are changed.', schema: agentSchema },
    },
    refusals: [],
  },
  getAgent: {
    id: 'getAgent',
    service,
    method: 'GET',
    path: '/api/v1/agents/{id}',
    summary: 'Answers one agent.',
    successes: { 200: { description: 'The agent.', schema: agentSchema } },
    refusals: ['not_found'],
  },
  removeAgent: {
    id: 'removeAgent',
    service,
    method: 'DELETE',
    path: '/api/v1/agents/{id}',
    summary: 'Removes an agent; it leaves every tag.',
    scope: 'agents:write',
    successes: { 204: { description: 'There is no such agent any more.' } },
    refusals: [],
  },
  listJobs: {
    id: 'listJobs',
    service,
    method: 'GET',
    ...jobs,
    summary: 'Lists all jobs by id, or a page of them.',
    query: cursorQuery(integerText),
    successes: { 200: { description: 'The jobs.', schema: listOf(jobSchema) } },
    refusals: [],
  },
  submitJob: {
    id: 'submitJob',
    service,
    method: 'POST',
    ...jobs,
    summary: 'Submits a job.',
    scope: 'jobs:write',
    body: submitJobSchema,
    takes: 'json',
    successes: { 201: { description: 'The new job.', schema: jobSchema } },
    refusals: [],
  },
  getJob: {
    id: 'getJob',
    service,
    method: 'GET',
    path: '/api/v1/jobs/{id}',
    summary: 'Answers one job.',
    successes: { 200: { description: 'The job.', schema: jobSchema } },
    refusals: ['not_found'],
  },
  removeJob: {
    id: 'removeJob',
    service,
    method: 'DELETE',
    path: '/api/v1/jobs/{id}',
    summary: 'Removes a job; it leaves every tag.',
    scope: 'jobs:write',
    successes: { 204: { description: 'There is no such job any more.' } },
    refusals: [],
  },
  listSourcePaths: {
    id: 'listSourcePaths',
    service,
    method: 'GET',
    ...sourcePaths,
    summary: 'Lists the source paths by id, a page at a time.',
    query: pageQuery,
    headerArguments: pageHeaders,
    successes: {
      200: { description: 'The last page.', schema: listOf(sourcePathSchema) },
      206: { description: 'A page with more to follow.', schema: listOf(sourcePathSchema) },
    },
    refusals: ['page_out_of_range'],
  },
  addSourcePath: {
    id: 'addSourcePath',
    service,
    method: 'POST',
    ...sourcePaths,
    summary: 'Adds a source path to an assembler.',
    scope: 'source_paths:write',
    body: addSourcePathSchema,
    takes: 'arguments',
    successes: { 200: { description: 'The new record.', schema: sourcePathSchema } },
    refusals: [],
  },
  getSourcePath: {
    id: 'getSourcePath',
    service,
    method: 'GET',
    ...sourcePath,
    summary: 'Answers one source path.',
    successes: { 200: { description: 'The record.', schema: sourcePathSchema } },
    refusals: ['not_found'],
  },
  removeSourcePath: {
    id: 'removeSourcePath',
    service,
    method: 'DELETE',
    ...sourcePath,
    summary: 'Removes a source path.',
    scope: 'source_paths:write',
    successes: { 200: { description: 'The record as it was.', schema: sourcePathSchema } },
    refusals: ['not_found'],
  },
} as const satisfies Record<string, Operation>;
