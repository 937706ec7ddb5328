/** ECharts in one file: what its parts import from one another is hundreds. */
declare module 'echarts/dist/echarts.esm.min.mjs' {
  export { init } from 'echarts/core';
}
