/** Gates that other programs have without defining them, as definitions of gates of the table. */

/** Quantinuum's library, which pytket's files include. */
const HQSLIB1 = `
gate Rz(t) a { rz(t) a; }
gate U1q(t,p) a { r(t,p) a; }
gate ZZ a,b { rzz(pi/2) a,b; }
gate RZZ(t) a,b { rzz(t) a,b; }
gate Rxxyyzz(x,y,z) a,b { rxx(x) a,b; ryy(y) a,b; rzz(z) a,b; }
`;

/** Files that can be included without being there, beside the standard libraries, and what they add to the gates of the table. */
export const FOREIGN_LIBRARIES: ReadonlyMap<string, string> = new Map([
  ['hqslib1.inc', HQSLIB1],
  ['hqslib1_dummy.inc', HQSLIB1],
  ['hqslib1_dev.inc', HQSLIB1],
]);

/** Gates that programs for Amazon Braket call without an include. The first qubit is the first factor of a basis state. */
export const BRAKET_GATES = `
gate i a { id a; }
gate si a { sdg a; }
gate ti a { tdg a; }
gate v a { sx a; }
gate vi a { sxdg a; }
gate phaseshift(t) a { p(t) a; }
gate gpi(t) a { x a; rz(2*t) a; }
gate gpi2(t) a { r(pi/2,t) a; }
gate prx(t,s) a { r(t,s) a; }
gate cnot a,b { cx a,b; }
gate cv a,b { csx a,b; }
gate cphaseshift(t) a,b { cp(t) a,b; }
gate cphaseshift00(t) a,b { x a; x b; cp(t) a,b; x a; x b; }
gate cphaseshift01(t) a,b { x a; cp(t) a,b; x a; }
gate cphaseshift10(t) a,b { x b; cp(t) a,b; x b; }
gate pswap(t) a,b { swap a,b; cx a,b; p(t) b; cx a,b; }
gate xy(t) a,b { xx_plus_yy(-t,0) a,b; }
gate xx(t) a,b { rxx(t) a,b; }
gate yy(t) a,b { ryy(t) a,b; }
gate zz(t) a,b { rzz(t) a,b; }
gate ms(s,t,r) a,b { rz(-s) a; rz(-t) b; rxx(r) a,b; rz(s) a; rz(t) b; }
gate ccnot a,b,c { ccx a,b,c; }
`;

/** Gates that BQSKit writes into files of version 2 without defining them. */
export const BQSKIT_GATES = `
gate st a { p(pi/8) a; }
gate pxz(x,z,s) a { p(-pi*s) a; rx(pi*x) a; p(pi*(z+s)) a; }
gate U1q(t,p) a { r(t,p) a; }
gate ct a,b { cp(pi/4) a,b; }
gate b a,b { rxx(-pi/2) a,b; ryy(-pi/4) a,b; }
gate sqisw a,b { xx_plus_yy(-pi/2,0) a,b; }
gate fsim(t,p) a,b { xx_plus_yy(2*t,0) a,b; cp(-p) a,b; }
gate syc a,b { fsim(pi/2,pi/6) a,b; }
gate ccp(t) a,b,c { cp(t/2) b,c; cx a,b; cp(-t/2) b,c; cx a,b; cp(t/2) a,c; }
gate iccx a,b,c { ccx a,b,c; cs a,b; }
`;

/** True where one of the definitions is of this gate. */
export function defines(definitions: string, name: string): boolean {
  return definitions.includes(`gate ${name} `) || definitions.includes(`gate ${name}(`);
}

/** Gates of the table that Braket has by the same name. */
export const BRAKET_NAMES: ReadonlySet<string> = new Set(
  'x y z h s t rx ry rz cy cz ecr swap iswap cswap'.split(' '),
);
