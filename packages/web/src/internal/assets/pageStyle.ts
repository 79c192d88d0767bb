/**
 * The style of every screen, light and dark.
 *
 * @internal
 */
export const pageStyle = `
:root{color-scheme:light dark;--paper:light-dark(#fff,#15171a);--ink:light-dark(#1b1f24,#e6e8eb);--soft:light-dark(#57606a,#a3acb6);--line:light-dark(#d5dae0,#363c44);--band:light-dark(#f4f6f8,#1e2126);--link:light-dark(#0550ae,#79b8ff);--red:light-dark(#b3160a,#ff8f85);--yellow:light-dark(#7a4d00,#f0b849);--green:light-dark(#116329,#5fd07f);--cyan:light-dark(#05598c,#6cc7f5)}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
a{color:var(--link)}
a:focus-visible,button:focus-visible,input:focus-visible,select:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--link);outline-offset:2px}
main:focus{outline:none}
.skip{position:absolute;left:-999px}.skip:focus{left:.5rem;top:.5rem;background:var(--paper);padding:.5rem;z-index:1}
header{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;align-items:baseline;padding:.6rem 1rem;background:var(--band);border-bottom:1px solid var(--line)}
header p{margin:0}
.brand{font-weight:700;color:var(--ink);text-decoration:none}
nav ul{display:flex;gap:1rem;list-style:none;margin:0;padding:0}
nav a[aria-current]{font-weight:700;color:var(--ink)}
.viewer{margin-inline-start:auto!important;color:var(--soft)}
.live{color:var(--soft)}
main{padding:.75rem 1rem 2rem;max-width:110rem;margin:0 auto}
h1{font-size:1.35rem;margin:.3rem 0 .6rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:1.2rem 0 .4rem}h3{font-size:.95rem;margin:.8rem 0 .3rem}
p{margin:.4rem 0;overflow-wrap:anywhere}
.up,.hint,.ago,.keys,.none{color:var(--soft)}
.scroll{overflow-x:auto;margin:.6rem 0}
table{border-collapse:collapse;width:100%}
caption{text-align:start;color:var(--soft);padding:.2rem 0}
th,td{text-align:start;vertical-align:top;padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line)}
thead th{font-weight:600;color:var(--soft);white-space:nowrap}
tbody th{font-weight:600}
.name{overflow-wrap:anywhere;min-width:7rem}
.number{text-align:end;font-variant-numeric:tabular-nums;white-space:nowrap}
.detail{overflow-wrap:anywhere;min-width:9rem}
.word{white-space:nowrap}.detail .word,h1 .word,.summary .word{white-space:normal}
h1 .word{font-size:1rem;font-weight:600;margin-inline-start:.4rem}
.red{color:var(--red)}.yellow{color:var(--yellow)}.green{color:var(--green)}.cyan{color:var(--cyan)}.dim{color:var(--soft)}
.spark{display:block}.spark path{fill:var(--soft)}.spark .green{fill:var(--green)}.spark .red{fill:var(--red)}.spark .yellow{fill:var(--yellow)}
form{display:flex;flex-wrap:wrap;gap:.4rem .6rem;align-items:center;margin:.5rem 0}
form p{flex-basis:100%}
label{color:var(--soft)}
input,select,button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--soft);border-radius:.3rem;padding:.25rem .5rem;max-width:100%}
button{background:var(--band);cursor:pointer}button.danger{color:var(--red);border-color:var(--red)}
.buttons{display:inline-flex;flex-wrap:wrap;gap:.4rem}
summary{cursor:pointer;color:var(--link);padding:.15rem 0}
.fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:.15rem 1.5rem;margin:.6rem 0}
.fields div{display:flex;gap:.6rem;border-bottom:1px solid var(--line);padding:.2rem 0}
dt{color:var(--soft);min-width:7.5rem}dd{margin:0;overflow-wrap:anywhere;min-width:0}
pre{overflow:auto;max-height:40rem;background:var(--band);border:1px solid var(--line);border-radius:.3rem;padding:.6rem;font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
code{font:.92em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.planned{columns:17rem;margin:.3rem 0;padding-inline-start:1.6rem}
.pages{margin:.6rem 0}
.notice{background:var(--band);border-inline-start:3px solid var(--cyan);padding:.4rem .7rem}
.chart{max-width:none;height:auto;display:block}
.findings li{margin:.3rem 0}
@media (max-width:640px){body{font-size:14px}main,header{padding-inline:.6rem}.wide{display:none}.chart{width:44rem}.detail{min-width:7rem}
#jobs thead,#keys thead{position:absolute;left:-999rem}#jobs tbody tr,#keys tbody tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line);padding:.35rem 0}#jobs tbody :is(th,td),#keys tbody :is(th,td){border:0;padding:.05rem 0}#jobs .detail,#keys .detail{grid-column:1/-1}#jobs tbody tr>.number,#keys tbody tr>.number:not(.wide){grid-column:2}#jobs :is(th,td).wide,#keys :is(th,td).wide{display:none}}
`.trim()
