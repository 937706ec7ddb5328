/** How teams are started, and what of the machine each may use. */
import { fileURLToPath } from 'node:url';
import { KroncutError } from '../../error.js';
import type { Environment } from '../../cluster/launcher.js';
import { LEFT_OUT_VARIABLE } from '../../cluster/deviceMap.js';
import { MPS_VARIABLE } from '../protocol/mps.js';
import type { DeviceChoice } from '../../api/session/sessionOptions.js';

export type TeamLauncher = 'none' | 'mpirun' | 'srun';

/** What the teams of a pool share. */
export interface Machine {
  readonly launcher: TeamLauncher;
  readonly nodes: number;
  readonly teams: number;
  /** Ranks of each team. */
  readonly ranks: number;
  /** CPUs and bytes of memory of a node. */
  readonly cpus: number;
  readonly memory: number;
  /** Threads of each rank; undefined: its share of the CPUs. */
  readonly threads: number | undefined;
  readonly device: DeviceChoice | undefined;
  /** What the folders of NVIDIA's Multi-Process Service begin with, where ranks share GPUs by it. */
  readonly mps?: string | undefined;
  /** Devices that have failed; the server adds to them. */
  readonly leftOut?: ReadonlySet<string>;
}

export interface TeamCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly isLarge: boolean;
}

const TEAM_FILE = fileURLToPath(new URL('../../team.js', import.meta.url));

/** The launcher for `ranks` in this place. */
export function launcherFor(ranks: number, env: Environment): TeamLauncher {
  if (env['SLURM_JOB_ID'] !== undefined) return 'srun';
  return ranks > 1 ? 'mpirun' : 'none';
}

/** The command of the team in a slot, or, `large`, of the one that has the whole machine. */
export function teamCommand(machine: Machine, slot: number | 'large', env: NodeJS.ProcessEnv): TeamCommand {
  const isLarge = slot === 'large';
  const place = placeOf(machine, slot);
  const perNode = place.ranksPerNode * place.teamsPerNode;
  const threads = machine.threads ?? Math.max(1, Math.floor(machine.cpus / perNode));
  const memory = Math.max(1, Math.floor(machine.memory / perNode));
  const settings = JSON.stringify({ threads, device: machine.device });
  const node = [process.execPath, ...nodeOptions(), TEAM_FILE, settings];
  const [file = '', ...args] = [...launch(machine.launcher, place), ...node];
  return {
    file,
    args,
    isLarge,
    env: {
      ...env,
      ...teamEnvironment(machine.launcher),
      KRONCUT_MEMORY: String(memory),
      ...(machine.mps === undefined ? {} : { [MPS_VARIABLE]: machine.mps }),
      ...(machine.leftOut === undefined || machine.leftOut.size === 0
        ? {}
        : { [LEFT_OUT_VARIABLE]: [...machine.leftOut].join() }),
    },
  };
}

/** The command that keeps the Multi-Process Service on every node. */
export function keeperCommand(
  { launcher, nodes }: Machine,
  base: string,
  env: NodeJS.ProcessEnv,
): Omit<TeamCommand, 'isLarge'> {
  const node = [process.execPath, ...nodeOptions(), TEAM_FILE, JSON.stringify({ mps: base })];
  const start =
    launcher === 'srun'
      ? ['srun', '--overlap', '--cpu-bind=none', '--input=all', '--kill-on-bad-exit=1', '--mpi=none']
      : [];
  const place = launcher === 'srun' ? [`--nodes=${nodes}`, `--ntasks=${nodes}`, '--ntasks-per-node=1'] : [];
  const [file = '', ...args] = [...start, ...place, ...node];
  return { file, args, env };
}

interface Place {
  readonly ranks: number;
  readonly ranksPerNode: number;
  readonly teamsPerNode: number;
  readonly nodes: number;
  readonly firstNode: number;
}

/** Whether the whole machine has more for a rank, or more nodes, than a team. */
export function canGrow(machine: Machine): boolean {
  const { ranksPerNode, teamsPerNode, nodes } = placeOf(machine, 0);
  return ranksPerNode * teamsPerNode > 1 || nodes < machine.nodes;
}

function placeOf({ nodes, teams, ranks }: Machine, slot: number | 'large'): Place {
  // What does not fit into the memory of a rank has no use for several on a node.
  if (slot === 'large') return { ranks: nodes, ranksPerNode: 1, teamsPerNode: 1, nodes, firstNode: 0 };
  const nodesOfTeam = Math.max(1, Math.min(Math.floor(nodes / teams), ranks));
  return {
    ranks,
    ranksPerNode: Math.ceil(ranks / nodesOfTeam),
    teamsPerNode: Math.ceil((teams * nodesOfTeam) / nodes),
    nodes: nodesOfTeam,
    firstNode: (slot * nodesOfTeam) % nodes,
  };
}

function launch(launcher: TeamLauncher, { ranks, ranksPerNode, nodes, firstNode }: Place): string[] {
  if (launcher === 'none') return [];
  if (launcher === 'mpirun') return ['mpirun', '-n', String(ranks)];
  // Several steps on a node share it, as teams are given shares of its CPUs and memory.
  return [
    'srun',
    '--overlap',
    '--cpu-bind=none',
    '--input=0',
    '--kill-on-bad-exit=1',
    `--mpi=${process.env['KRONCUT_SRUN_MPI'] ?? 'pmix'}`,
    `--nodes=${nodes}`,
    `--relative=${firstNode}`,
    `--ntasks=${ranks}`,
    `--ntasks-per-node=${ranksPerNode}`,
  ];
}

/** Options of this process's Node that a launched one needs too, such as the one that keeps the debugger shut. */
function nodeOptions(): string[] {
  return process.execArgv.filter((option) => option.startsWith('--inspect-publish-uid'));
}

/** Open MPI binds ranks to the first processors, those of every team to the same ones, unless told otherwise. */
function teamEnvironment(launcher: TeamLauncher): NodeJS.ProcessEnv {
  return launcher === 'mpirun' ? { OMPI_MCA_hwloc_base_binding_policy: 'none' } : {};
}

/** Throws `usage` for more teams than there are CPUs. */
export function requireRoom({ teams, ranks, cpus, nodes, launcher }: Machine): void {
  const ranksInAll = teams * ranks;
  if (launcher !== 'none' || ranksInAll <= cpus * nodes) return;
  throw new KroncutError(
    'usage',
    `--teams ${teams}: there are ${cpus * nodes} CPUs here; a team needs at least one for each rank`,
  );
}
