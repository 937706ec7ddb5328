/** The style of a page: for light and dark screens, wide and narrow, and for paper. */

const LIGHT = `--ink:#1b1f24;--muted:#5b6570;--paper:#fff;--ground:#f5f7f9;--line:#d5dbe1;--grid:#e9edf1;
--accent:#2563c9;--accent-2:#d9822b;--cut:#c8102e;--good:#1a7f37;--code:#eef1f4;--l:40%;--tint:94%`;
const DARK = `--ink:#e7eaee;--muted:#9aa5b1;--paper:#161a20;--ground:#0e1115;--line:#2d353f;--grid:#252c35;
--accent:#6ea8fe;--accent-2:#f0ad57;--cut:#ff7185;--good:#57c475;--code:#1f252d;--l:70%;--tint:19%`;

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media screen and (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main,header,footer{max-width:1080px;margin:0 auto;padding:0 20px}
header{padding-top:32px}
.brand{margin:0;color:var(--muted);font-size:13px;letter-spacing:.04em}
h1{margin:2px 0 6px;font-size:30px;line-height:1.2;overflow-wrap:anywhere}
.lede{margin:0;font-size:17px;max-width:75ch}
h2{margin:0 0 4px;font-size:19px}
h3{margin:18px 0 6px;font-size:15px}
p{margin:6px 0 10px;max-width:80ch}
a{color:var(--accent)}
nav{margin:16px 0 0;font-size:13px}
nav a{margin-right:14px;white-space:nowrap;text-decoration:none}
nav a:hover{text-decoration:underline}
section{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:18px 20px;margin:16px 0;overflow-x:clip}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(165px,1fr));gap:12px;margin:20px 0 0}
.tiles div{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.tiles dt{color:var(--muted);font-size:12.5px}
.tiles dd{margin:0;font-size:21px;font-weight:600;line-height:1.3;font-variant-numeric:tabular-nums}
.tiles dd small{display:block;font-size:12.5px;font-weight:400;color:var(--muted);line-height:1.35}
.note{color:var(--muted);font-size:13px}
.good{color:var(--good);font-weight:600}.bad{color:var(--cut);font-weight:600}
.missing{border-left:3px solid var(--accent-2);padding:4px 0 4px 12px;margin:10px 0}
.scroll{overflow-x:auto;max-width:100%}
.drawing{border:1px solid var(--line);border-radius:6px;padding:4px 0;margin:10px 0 4px}
.drawing>svg{display:block}.drawing{max-height:1120px;overflow:auto}
.grid{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:8px 28px;align-items:start}
figure{margin:10px 0 0;min-width:0}
figcaption{font-size:13.5px;font-weight:600;margin-bottom:4px}
figcaption span{display:block;font-weight:400;color:var(--muted);font-size:12.5px}
.plot{display:block;width:100%;height:auto;max-width:560px;color:var(--ink)}
.graph{display:block;width:100%;height:auto;max-width:560px}
.graph .node{fill:var(--t);stroke:var(--c);stroke-width:1.6}.graph .edge{fill:none;stroke:var(--muted);opacity:.65}
.graph .strong{font-weight:600;font-size:12px}.graph .f{fill:var(--muted);font-size:10px}
.graph .label{font-size:11px;paint-order:stroke;stroke:var(--paper);stroke-width:5px}
table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;margin:8px 0;min-width:min(100%,340px)}
th{text-align:right;font-weight:500;color:var(--muted);border-bottom:1px solid var(--line);padding:4px 8px;vertical-align:bottom}
td{text-align:right;border-bottom:1px solid var(--grid);padding:4px 8px;vertical-align:top}
th:first-child,td:first-child{text-align:left;padding-left:2px}
td.text,th.text{text-align:left}td.number{white-space:nowrap}
td code{overflow-wrap:anywhere;word-break:break-all}
.swatch{display:inline-block;width:10px;height:10px;border-radius:2px;background:var(--c);margin-right:7px}
code,pre{font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
code{background:var(--code);border-radius:4px;padding:1px 5px}
td code{background:none;padding:0}td strong{font-weight:500}td small{color:var(--muted);font-size:11.5px;white-space:nowrap}
pre{background:var(--code);border-radius:6px;padding:10px 12px;margin:8px 0;overflow-x:auto}
pre code{background:none;padding:0}
.legend{font-size:12px;color:var(--muted);margin:2px 0 0}.legend span{margin-right:14px;white-space:nowrap}
.mark{display:inline-block;width:10px;height:10px;margin-right:5px}.mark.circle{border-radius:50%}.mark.diamond{width:8px;height:8px;transform:rotate(45deg)}
.timeline{font-size:12.5px;margin:12px 0 4px}
.timeline .row{display:grid;grid-template-columns:150px 1fr 74px;gap:10px;align-items:center;min-height:22px}
.timeline .first{border-top:1px solid var(--grid);padding-top:3px;margin-top:3px}
.timeline .what{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.timeline .time{text-align:right;color:var(--muted);font-variant-numeric:tabular-nums;white-space:nowrap}
.timeline .track{position:relative;height:13px;background:var(--grid);border-radius:3px;overflow:hidden}
.timeline .bar{position:absolute;top:0;bottom:0;min-width:2px;background:var(--accent);border-right:1px solid var(--paper)}
.timeline .bar.verify{background:var(--good)}.timeline .bar.cut{background:var(--muted)}.timeline .bar.sub{background:var(--c)}
.timeline .axis{display:flex;justify-content:space-between;color:var(--muted);margin:4px 84px 0 160px}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:8px 0;font-size:13.5px}
dl.facts dt{color:var(--muted)}dl.facts dd{margin:0;overflow-wrap:anywhere}
footer{color:var(--muted);font-size:12.5px;padding-bottom:36px}
.paper{display:none}
@media (max-width:560px){main,header,footer{padding-left:12px;padding-right:12px}section{padding:14px 12px}h1{font-size:24px}
.tiles{grid-template-columns:1fr 1fr}.tiles dd{font-size:18px}dl.facts{grid-template-columns:1fr}dl.facts dd{margin-bottom:5px}
.timeline .row{grid-template-columns:86px 1fr 60px;gap:6px}.timeline .axis{margin:4px 66px 0 92px}th,td{padding:4px 6px}}
@media print{@page{margin:14mm}body{background:none;font-size:11.5px}main,header,footer{max-width:none;padding:0 1px}
section{border:0;border-top:1px solid var(--line);border-radius:0;padding:10px 0;margin:8px 0;overflow:visible}
nav,.screen{display:none!important}.paper{display:block}.scroll{overflow:visible}
.strip{display:block;width:100%;max-height:160mm;margin:4px 0}p{font-size:inherit;max-width:none}.lede{font-size:14px}
.tiles{grid-template-columns:repeat(4,minmax(0,1fr));gap:8px;margin-top:12px}.tiles dd{font-size:15px}.tiles dd small{font-size:10.5px}
table{font-size:10.5px;min-width:0}th,td{padding:3px 6px}td small{font-size:9.5px;white-space:normal}dl.facts{font-size:11px}
figure,tr,.tiles div,.strip,.timeline,pre,.missing{break-inside:avoid}h2,h3,figcaption,h3+p{break-after:avoid}
.grid{grid-template-columns:minmax(0,1fr) minmax(0,1fr)}pre{white-space:pre-wrap;overflow-wrap:anywhere}pre,code{font-size:10.5px}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`.replaceAll('\n', '');
