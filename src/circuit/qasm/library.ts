/** Which gates the standard libraries of the two versions have everywhere, and definitions of those they lack. */

/** Those of the paper (Cross et al. 2017, arXiv:1707.03429); what programs have added since, others do not know. */
const QELIB1 = 'u3 u2 u1 cx id x y z h s sdg t tdg rx ry rz cz cy ch ccx crz cu1 cu3';
const STDGATES =
  'p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu CX phase cphase id u1 u2 u3';

/** Gates that `include "qelib1.inc"` or `include "stdgates.inc"` defines, whoever reads it. */
export const LIBRARY_GATES: Readonly<Record<2 | 3, ReadonlySet<string>>> = {
  2: new Set(QELIB1.split(' ')),
  3: new Set(STDGATES.split(' ')),
};

/** Gates that the library of version 2 has in some programs, so that no register may have their names. */
const LATER_QELIB1 =
  'u0 u p sx sxdg swap cswap crx cry cp csx cu rxx rzz rccx rc3x c3x c3sqrtx c4x rcccx c3sx cccx ccccx';

/** Names of gates that some program has with the library of a version. */
export const GATE_NAMES: Readonly<Record<2 | 3, readonly string[]>> = {
  2: `${QELIB1} ${LATER_QELIB1}`.split(' '),
  3: STDGATES.split(' '),
};

/** Definitions that use only gates of both libraries. Qiskit's reader of version 3 takes parameters by the order of their names. */
const COMMON: Readonly<Record<string, string>> = {
  u0: 'gate u0(gamma) a { id a; }',
  r: 'gate r(p0,p1) a { rz(-p1) a; rx(p0) a; rz(p1) a; }',
  iswap: 'gate iswap a,b { s a; s b; h a; cx a,b; cx b,a; h b; }',
  dcx: 'gate dcx a,b { cx a,b; cx b,a; }',
  ecr: 'gate ecr a,b { h b; cx a,b; rz(pi/4) b; cx a,b; x a; cx a,b; rz(-pi/4) b; cx a,b; h b; }',
  rxx: 'gate rxx(theta) a,b { h a; h b; cx a,b; rz(theta) b; cx a,b; h a; h b; }',
  ryy: 'gate ryy(theta) a,b { rx(pi/2) a; rx(pi/2) b; cx a,b; rz(theta) b; cx a,b; rx(-pi/2) a; rx(-pi/2) b; }',
  rzz: 'gate rzz(theta) a,b { cx a,b; rz(theta) b; cx a,b; }',
  rzx: 'gate rzx(theta) a,b { h b; cx a,b; rz(theta) b; cx a,b; h b; }',
};

/** Programs do not agree on the phase of cu3; here it is never the phi + lambda that they differ by. */
const ONLY_2: Readonly<Record<string, string>> = {
  p: 'gate p(lambda) a { u1(lambda) a; }',
  sx: 'gate sx a { sdg a; h a; sdg a; }',
  sxdg: 'gate sxdg a { s a; h a; s a; }',
  swap: 'gate swap a,b { cx a,b; cx b,a; cx a,b; }',
  cp: 'gate cp(lambda) a,b { cu1(lambda) a,b; }',
  cs: 'gate cs a,b { cu1(pi/2) a,b; }',
  csdg: 'gate csdg a,b { cu1(-pi/2) a,b; }',
  csx: 'gate csx a,b { h b; cu1(pi/2) a,b; h b; }',
  crx: 'gate crx(theta) a,b { cu3(theta,-pi/2,pi/2) a,b; }',
  cry: 'gate cry(theta) a,b { cu3(theta,0,0) a,b; }',
  cu:
    'gate cu(p0,p1,p2,p3) a,b { u1(p3+(p2+p1)/2) a; u1((p2-p1)/2) b; cx a,b; ' +
    'u3(-p0/2,0,-(p1+p2)/2) b; cx a,b; u3(p0/2,p1,0) b; }',
  xx_plus_yy: 'gate xx_plus_yy(p0,p1) a,b { rz(p1) a; cx a,b; cu3(p0,-pi/2,pi/2) b,a; cx a,b; rz(-p1) a; }',
  xx_minus_yy:
    'gate xx_minus_yy(p0,p1) a,b { rz(-p1) b; cx a,b; x b; cu3(p0,-pi/2,pi/2) b,a; x b; cx a,b; rz(p1) b; }',
};

const ONLY_3: Readonly<Record<string, string>> = {
  sxdg: 'gate sxdg a { inv @ sx a; }',
  cs: 'gate cs a,b { ctrl @ s a,b; }',
  csdg: 'gate csdg a,b { ctrl @ sdg a,b; }',
  csx: 'gate csx a,b { ctrl @ sx a,b; }',
  cu1: 'gate cu1(lambda) a,b { cp(lambda) a,b; }',
  cu3: 'gate cu3(p0,p1,p2) a,b { cu(p0,p1,p2,0) a,b; }',
  xx_plus_yy: 'gate xx_plus_yy(p0,p1) a,b { rz(p1) a; cx a,b; crx(p0) b,a; cx a,b; rz(-p1) a; }',
  xx_minus_yy: 'gate xx_minus_yy(p0,p1) a,b { rz(-p1) b; cx a,b; x b; crx(p0) b,a; x b; cx a,b; rz(p1) b; }',
};

/** The text that defines a gate which the library of a version lacks; undefined where there is none. */
export function gateDefinitionText(name: string, version: 2 | 3): string | undefined {
  return (version === 2 ? ONLY_2 : ONLY_3)[name] ?? COMMON[name];
}
