// Turns the log of a failed native build into one sentence: what is missing and how to get it.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './sources.mjs';

/** @type {readonly (readonly [RegExp, string])[]} */
const CAUSES = [
  [
    /fatal error: '?mpi\.h'?/,
    "MPI's header mpi.h is missing; install the development files, for example: apt-get install libopenmpi-dev",
  ],
  [
    /cannot find -l(mpi|mpich)\b/,
    'the MPI library is missing; install it, for example: apt-get install libopenmpi-dev',
  ],
  [
    /fatal error: '?(node_api|node|v8|uv)\.h'?/,
    "Node's headers are missing; use a Node.js that comes with them (nodejs.org archives do), or apt-get install libnode-dev, or install cmake and try again",
  ],
  [/fatal error: '?napi\.h'?/, 'node-addon-api is missing; run npm ci'],
  [
    /Could not find any Python installation|Python is not set from/,
    'node-gyp needs Python 3; install it, for example: apt-get install python3',
  ],
  [
    /(getaddrinfo|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|network|status code|certificate)[^\n]*(\n[^\n]*)*headers|gyp ERR! [^\n]*(getaddrinfo|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|FetchError)/,
    "Node's headers are not beside this Node.js and could not be downloaded; use a Node.js that comes with them (nodejs.org archives do), or install cmake and try again",
  ],
  [
    /(g\+\+|c\+\+|clang\+\+): (command )?not found|CMAKE_CXX_COMPILER.*not found|No CMAKE_CXX_COMPILER could be found/,
    'no C++ compiler was found; install one with C++20, for example: apt-get install g++',
  ],
  [
    /unrecognized (command[- ]line )?option [^\n]*std=c\+\+20|invalid value 'c\+\+20'/,
    'the C++ compiler is too old for C++20; use g++ 11, clang 14 or newer (set CXX)',
  ],
  [
    /Could not find nvcc|No CMAKE_CUDA_COMPILER could be found|nvcc[^\n]*not found/,
    'nvcc was not found; set CUDA_HOME',
  ],
  [
    /unsupported GNU version|unsupported clang version/,
    'nvcc does not support this C++ compiler; set CUDAHOSTCXX to an older one',
  ],
  [
    /Killed signal terminated program|virtual memory exhausted/,
    'the compiler ran out of memory; set KRONCUT_JOBS=1',
  ],
  [/No space left on device/, 'the disk is full'],
];

/** @param {string} variant @param {string} logFile @returns {string} */
export function explainFailure(variant, logFile) {
  const log = readFileSync(logFile, 'utf8');
  const known = CAUSES.find(([pattern]) => pattern.test(log))?.[1];
  const first = /^.*\berror\b:? .*$/im.exec(log)?.[0].trim();
  const cause = known ?? (first === undefined ? 'the build tool failed' : `the build stopped at: ${first}`);
  return `Variant ${variant}: ${cause}. The whole log is in ${path.relative(root, logFile)}.`;
}
