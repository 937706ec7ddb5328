/** A stand-in for the control program of NVIDIA's Multi-Process Service, which notes down what it is told. */
import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PROGRAM = `#!/bin/sh
here=$(dirname "$0")
pipe=$CUDA_MPS_PIPE_DIRECTORY
if [ "$1" = -f ]; then
  echo "start $(stat -c %a "$pipe") $pipe" >> "$here/said"
  touch "$pipe/control"
  while [ ! -e "$pipe/quit" ]; do sleep 0.05; done
  echo end >> "$here/said"
  exit 0
fi
[ -e "$pipe/control" ] || exit 1
read command
echo "$command" >> "$here/said"
case $command in
get_server_list) echo 77 ;;
'get_client_list 77') cat "$here/clients" ;;
quit*) touch "$pipe/quit" ;;
esac
`;

export interface PretendMps {
  /** With the stand-in first on PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** What it was told, in order. */
  readonly said: () => string[];
  /** Processes that it calls clients of its one server, 77. */
  readonly setClients: (pids: readonly number[]) => void;
}

export function pretendMps(folder: string): PretendMps {
  mkdirSync(folder);
  const program = join(folder, 'nvidia-cuda-mps-control');
  writeFileSync(program, PROGRAM);
  chmodSync(program, 0o755);
  const clients = join(folder, 'clients');
  const said = join(folder, 'said');
  writeFileSync(clients, '');
  appendFileSync(said, '');
  return {
    env: { PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}` },
    said: () => readFileSync(said, 'utf8').split('\n').filter(Boolean),
    setClients: (pids) => writeFileSync(clients, pids.join('\n')),
  };
}
