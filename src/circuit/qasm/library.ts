/** Which gates the standard libraries of the two versions have, and definitions of those they lack. */

const QELIB1 =
  'u3 u2 u1 cx id u0 u p x y z h s sdg t tdg rx ry rz sx sxdg cz cy swap ch ccx cswap crx cry crz cu1 cp cu3 csx cu ' +
  'rxx rzz rccx rc3x c3x c3sqrtx c4x';
const STDGATES =
  'p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu CX phase cphase id u1 u2 u3';

/** Gates that `include "qelib1.inc"` (as Qiskit ships it) or `include "stdgates.inc"` defines. */
export const LIBRARY_GATES: Readonly<Record<2 | 3, ReadonlySet<string>>> = {
  2: new Set(QELIB1.split(' ')),
  3: new Set(STDGATES.split(' ')),
};

/** Definitions that use only gates of both libraries. */
const COMMON: Readonly<Record<string, string>> = {
  r: 'gate r(theta,phi) a { rz(-phi) a; rx(theta) a; rz(phi) a; }',
  iswap: 'gate iswap a,b { cx a,b; crx(-pi) b,a; cx a,b; }',
  dcx: 'gate dcx a,b { cx a,b; cx b,a; }',
  ecr: 'gate ecr a,b { h b; cx a,b; rz(pi/4) b; cx a,b; x a; cx a,b; rz(-pi/4) b; cx a,b; h b; }',
  rxx: 'gate rxx(theta) a,b { h a; h b; cx a,b; rz(theta) b; cx a,b; h a; h b; }',
  ryy: 'gate ryy(theta) a,b { rx(pi/2) a; rx(pi/2) b; cx a,b; rz(theta) b; cx a,b; rx(-pi/2) a; rx(-pi/2) b; }',
  rzz: 'gate rzz(theta) a,b { cx a,b; rz(theta) b; cx a,b; }',
  rzx: 'gate rzx(theta) a,b { h b; cx a,b; rz(theta) b; cx a,b; h b; }',
  xx_plus_yy: 'gate xx_plus_yy(theta,beta) a,b { rz(beta) a; cx a,b; crx(theta) b,a; cx a,b; rz(-beta) a; }',
  xx_minus_yy:
    'gate xx_minus_yy(theta,beta) a,b { rz(-beta) b; cx a,b; x b; crx(theta) b,a; x b; cx a,b; rz(beta) b; }',
};

const ONLY_2: Readonly<Record<string, string>> = {
  cs: 'gate cs a,b { cu1(pi/2) a,b; }',
  csdg: 'gate csdg a,b { cu1(-pi/2) a,b; }',
};

const ONLY_3: Readonly<Record<string, string>> = {
  u0: 'gate u0(gamma) a { id a; }',
  sxdg: 'gate sxdg a { inv @ sx a; }',
  cs: 'gate cs a,b { ctrl @ s a,b; }',
  csdg: 'gate csdg a,b { ctrl @ sdg a,b; }',
  csx: 'gate csx a,b { ctrl @ sx a,b; }',
  cu1: 'gate cu1(lambda) a,b { cp(lambda) a,b; }',
  cu3: 'gate cu3(theta,phi,lambda) a,b { cu(theta,phi,lambda,0) a,b; }',
};

/** The text that defines a gate which the library of a version lacks; undefined where there is none. */
export function gateDefinitionText(name: string, version: 2 | 3): string | undefined {
  return (version === 2 ? ONLY_2 : ONLY_3)[name] ?? COMMON[name];
}
