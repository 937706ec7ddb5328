import { Command } from 'commander';
import type { Info } from '../../api/info.js';
import { formatBytes } from '../../run/resources/units.js';
import type { Submit } from './app.js';
import { withSharedOptions, type SharedOptions } from './options.js';
import { lines, plural, table } from '../output/output.js';

export function infoCommand(submit: Submit): Command {
  const command = new Command('info').description(
    'Shows the build of the addon, MPI, the ranks of this job, devices, threads and memory.',
  );
  withSharedOptions(command).addHelpText(
    'after',
    `
Examples:
  kroncut info
  srun -n 4 node dist/main.js info --json`,
  );
  return command.action((options: SharedOptions) =>
    submit(options, { command: 'info', options: {} }, (answer, { out }) => {
      out.answer(answer, () => lines(formatInfo(answer)));
      return 0;
    }),
  );
}

function formatInfo(answer: Info): string[] {
  const { build } = answer;
  return [
    `kroncut ${answer.version}, Node ${answer.node}`,
    `Build: ${build.variant} (${build.file})`,
    ...[...build.passedOver, ...build.others].map(({ variant, reason }) => `  not ${variant}: ${reason}`),
    `Compiler: ${build.compiler}; instructions: ${build.simd}`,
    `MPI: ${build.mpi ?? 'none in this build'}`,
    `CUDA: ${build.cuda ?? 'none in this build'}`,
    `BLAS: ${build.blas ?? 'none; own kernels only'}`,
    'Devices:',
    ...answer.devices.map(
      ({ name, description, totalBytes, freeBytes }) =>
        `  ${name}: ${description}, ${formatBytes(freeBytes)} of ${formatBytes(totalBytes)} free`,
    ),
    ...(answer.cudaUnavailable === null ? [] : [`  no CUDA device: ${answer.cudaUnavailable}`]),
    `Launcher: ${answer.launcher}; ${plural(answer.ranks.length, 'rank')} on ${plural(answer.nodes, 'node')}`,
    ...table(
      ['rank', 'node', 'host', 'device', 'sharing', 'threads', 'memory'],
      answer.ranks.map((rank) => [
        rank.rank,
        rank.node,
        rank.host,
        rank.device,
        `${rank.deviceRank + 1} of ${rank.deviceRanks}`,
        rank.threads,
        formatBytes(rank.memoryBytes),
      ]),
    ),
    `Widest circuit that one rank simulates without cutting: about ${answer.widestUncut} qubits`,
  ];
}
