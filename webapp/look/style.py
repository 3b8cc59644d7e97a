"""The style sheet. Every `data-testid` of Streamlit that we lean on stands here;
tests/browser checks that each still matches."""

from string import Template

from webapp.look import markup
from webapp.look.palette import Palette

PHONE = "(max-width: 640px)"

SHEET = Template("""
:root{$roles --bokeh-icon-color:var(--of-muted)}
html,body,.stApp{font-variant-numeric:tabular-nums lining-nums}
[data-testid=stHeader]{background:transparent;height:2.25rem;min-height:0}
[data-testid=stMainBlockContainer]{padding:.85rem 1.25rem 1rem;max-width:1680px}
[data-testid=stSidebar]{width:212px!important;min-width:212px!important}
[data-testid=stSidebarHeader]{height:2.9rem;min-height:0;padding:.6rem 1rem 0;margin:0}
[data-testid=stSidebarNavSeparator]{display:none}
[data-testid=stSidebarContent]{display:flex;flex-direction:column}
[data-testid=stSidebarUserContent]{margin-top:auto;padding:.5rem .5rem 1rem}
[data-testid=stNavSectionHeader]{font-size:.72rem;letter-spacing:.06em;text-transform:uppercase;color:var(--of-muted);
  font-weight:600}
[data-testid=stSidebarNavLink]{padding:.2rem .5rem;min-height:26px;margin:.06rem 0}
[data-testid=stSidebarNavItems] li{margin:0}
[data-testid=stSidebarNavItems]{padding-top:0}
[data-testid=stVerticalBlock]{gap:.6rem}
[data-testid=stElementContainer]:has(>[data-testid=stHtml] style){display:none}
[class*="st-key-card"]{background:var(--of-card);border:1px solid var(--of-border)!important;border-radius:8px;
  padding:.6rem .75rem .35rem!important;gap:.25rem!important;min-width:0}
[class*="st-key-bar_"]{gap:.62rem!important;background:var(--of-card);border:1px solid var(--of-border);border-radius:8px;
  padding:.4rem .75rem .55rem!important}
[data-testid=stWidgetLabel] p{font-size:.79rem;color:var(--of-muted);font-weight:500}
[data-testid=stWidgetLabel]{min-height:0;margin-bottom:.1rem}
[data-testid=stBaseButton-primary],[data-testid=stBaseButton-primary] p,
[data-testid=stBaseButton-primaryFormSubmit],[data-testid=stBaseButton-primaryFormSubmit] p,
[data-testid=stBaseLinkButton-primary],[data-testid=stBaseLinkButton-primary] p{color:var(--of-page)!important;font-weight:600}
.st-key-invite_open button,.st-key-invite_open button :is(p,span){color:var(--of-page)!important;font-weight:600}
[class*="st-key-card_sign_in"] [data-testid=stForm]{border:none;padding:0}
[class*="st-key-card_sign_in"] [data-testid=stBaseButton-secondaryFormSubmit]{background:var(--of-primary);
  border-color:var(--of-primary)}
[class*="st-key-card_sign_in"] [data-testid=stBaseButton-secondaryFormSubmit] p{color:var(--of-page)!important;font-weight:600}
[class*="st-key-bar_"] [data-testid=stButtonGroup] button{min-height:2.5rem}
[data-testid=stSlider] [role=slider]{min-width:14px;min-height:14px}
[data-testid=stSlider] [role=slider]::after{content:"";position:absolute;inset:-8px}
[data-testid=stDataFrame]{border-radius:6px;overflow-x:clip}
[class*="st-key-head"] [data-testid=stHorizontalBlock],[class*="st-key-title"]{align-items:center}
.st-key-page_head{min-height:40px}
a{text-decoration:none}
.of-title{font-size:1.43rem;font-weight:600;line-height:1.2;margin:0;white-space:nowrap;color:var(--of-text)}
.of-head{display:flex;align-items:center;gap:.6rem;flex-wrap:wrap;min-height:40px}
.of-badge{display:inline-flex;gap:.45rem;align-items:center;border:1px solid var(--of-border);background:var(--of-card);
  border-radius:999px;padding:.14rem .65rem;font-size:.82rem;white-space:nowrap;color:var(--of-text);line-height:1.35}
.of-badge b{font-weight:600}
.of-badge span,.of-muted{color:var(--of-muted)}
.of-mark{width:8px;height:8px;flex:none;display:inline-block}
.of-fresh{background:var(--of-rising);border-radius:50%}
.of-flag{width:0;height:0;border-left:5px solid transparent;border-right:5px solid transparent;
  border-bottom:9px solid var(--of-warning)}
.of-backup{background:var(--of-backup);border-radius:2px}
.of-hollow{border:1.5px solid var(--of-muted);border-radius:50%;width:9px;height:9px}
.of-card-title{display:flex;align-items:baseline;gap:.6rem;flex-wrap:wrap;min-height:1.5rem}
.of-card-title b{font-size:1rem;font-weight:600;color:var(--of-text)}
.of-card-title a{color:inherit;display:inline-block;min-width:28px;line-height:24px}
.of-card-title a:hover{text-decoration:underline}
.of-card-title>span{font-size:.82rem;color:var(--of-muted)}
.of-legend{margin-left:auto;display:inline-flex;gap:.75rem;font-size:.82rem;color:var(--of-muted);align-items:center}
.of-legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:.35rem;vertical-align:-1px}
.of-call{color:var(--of-call)} .of-put{color:var(--of-put)} .of-up{color:var(--of-rising)} .of-down{color:var(--of-falling)}
.of-legend i.calls{background:var(--of-call)}
.of-legend i.puts{background:var(--of-put)}
.of-legend i.puts.hatched{background:repeating-linear-gradient(135deg,var(--of-put) 0 2.2px,var(--of-card) 2.2px 3.4px)}
.of-figure{display:flex;flex-direction:column;gap:0;padding-bottom:.1rem}
.of-figure .label{font-size:.82rem;color:var(--of-muted);white-space:nowrap}
.of-figure .value{font-size:1.57rem;font-weight:600;line-height:1.25;color:var(--of-text)}
.of-figure .unit{font-size:.82rem;color:var(--of-muted);font-weight:400;margin-left:.25rem}
.of-sim{background:var(--of-card);border-left:3px solid var(--of-warning);padding:.28rem .75rem;font-size:.9rem;
  color:var(--of-text)}
.of-sim code{color:var(--of-muted);background:none;padding:0;font-size:.86rem}
.of-foot{font-size:.79rem;color:var(--of-muted);padding-top:.1rem}
.of-tag{display:inline-block;border:1px solid currentColor;border-radius:4px;padding:0 .4rem;font-size:.79rem;line-height:1.45}
.of-tag.free{color:var(--of-muted)} .of-tag.premium{color:var(--of-premium)} .of-tag.admin{color:var(--of-text)}
.of-account{font-size:.86rem;color:var(--of-muted);overflow:hidden;text-overflow:ellipsis}
.of-account a{color:var(--of-muted)}
.of-account a:hover{color:var(--of-text)}
.of-list{width:100%;border-collapse:collapse;font-size:.93rem;line-height:1.2;table-layout:auto}
.of-list th{font-weight:400;color:var(--of-muted);font-size:.86rem;text-align:left;padding:.15rem .45rem .35rem;
  border-bottom:1px solid var(--of-border)}
.of-list td{padding:0 .45rem;height:25px;line-height:25px;border-bottom:1px solid var(--of-grid);white-space:nowrap;
  color:var(--of-text)}
.of-list tr:last-child td{border-bottom:0}
.of-list .n{text-align:right}
.of-list td.of-up{color:var(--of-rising)} .of-list td.of-down{color:var(--of-falling)}
  .of-list td.of-muted{color:var(--of-muted)}
.of-list a{color:inherit!important;display:block;line-height:25px}
.of-list tr:hover td{background:var(--of-input)}
.of-list small{font-size:.82rem;color:var(--of-muted)}
.of-empty{display:flex;flex-direction:column;gap:.3rem;justify-content:center;min-height:100%}
.of-empty .mark{font-size:1.2rem;color:var(--of-muted)}
.of-empty b{font-size:1rem;color:var(--of-text)}
.of-empty p{margin:0;color:var(--of-muted);max-width:46rem}
[class*="st-key-empty"]{background:var(--of-card);border:1px dashed var(--of-border);border-radius:8px;padding:1rem!important;
  justify-content:center}
.of-button{display:inline-flex;align-items:center;min-height:28px;border:1px solid var(--of-border);border-radius:6px;
  padding:0 .65rem;
  color:var(--of-text)!important;font-size:.86rem;background:transparent;cursor:pointer}
.of-button:hover{border-color:var(--of-muted)}
.of-legend .of-button{min-height:24px;padding:0 .45rem;font-size:.79rem;color:var(--of-muted)!important}
.of-legend .of-buttons{gap:.3rem}
.of-buttons{display:flex;gap:.4rem;justify-content:flex-end}
.of-plain{background:none;border:0;padding:.25rem 0;color:var(--of-muted);font:inherit;font-size:.86rem;cursor:pointer}
.of-plain:hover{color:var(--of-text)}
.of-foot-row{display:flex;align-items:center;gap:.8rem;margin-top:.2rem}
[class*="st-key-chip_"] button,.st-key-reset button{min-height:26px;padding:0 .6rem;border-radius:999px;font-size:.82rem}
[class*="st-key-chip_"] button p,.st-key-reset button p{font-size:.82rem}
[class*="st-key-session_earlier"] button,[class*="st-key-session_later"] button{padding:0 .15rem;min-width:26px}
.of-low{border-bottom:1px dotted var(--of-muted)}
ul.of-checks{list-style:none;margin:0!important;padding:0!important}
.of-checks li{padding:.2rem 0!important;margin:0!important;color:var(--of-text)}
.of-checks li::before{content:"✓";margin-right:.5rem}
.of-locked p{margin:0 0 .5rem;font-size:1rem;line-height:1.5} .of-locked p.of-lead{font-size:1.29rem;margin-bottom:.35rem}
.of-locked b{color:var(--of-text)}
.of-sample{border:1px dashed var(--of-border);border-radius:8px;padding:.6rem .75rem}
.of-sample img{width:100%;display:block}
.of-other{display:block;color:var(--of-text)!important;padding-bottom:.3rem} .of-other p{margin:.2rem 0 0;
  color:var(--of-muted);font-size:.86rem}
[class*="st-key-card_locked"]{padding:1.5rem!important}
.of-lead{font-size:1.29rem;font-weight:600;color:var(--of-text);margin:0 0 .35rem}
.of-rule{border-top:1px solid var(--of-border);margin:.6rem 0}
.st-key-calendar{max-height:216px;overflow-y:auto}
.of-source{font-size:.86rem;color:var(--of-muted)}
.of-months{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,410px),1fr));gap:2px 16px;margin-bottom:.4rem}
.of-month{display:flex;gap:3px;align-items:center}
.of-month span{font-size:.82rem;color:var(--of-muted);width:62px;flex:none}
.of-day{flex:0 1 12px;min-width:0;height:12px;border-radius:2px;font-size:9px;line-height:12px;text-align:center;
  font-style:normal;
  color:var(--of-page)}
.of-day.stored{background:var(--of-rising)} .of-day.flagged{background:var(--of-warning)}
  .of-day.gap{border:1px solid var(--of-muted)}
.of-notice{border-left:3px solid var(--of-muted);background:var(--of-input);border-radius:4px;padding:.45rem .75rem;
  font-size:.93rem;color:var(--of-text);white-space:pre-line;overflow-wrap:anywhere}
[data-testid=stAlertContainer]{border-left:3px solid var(--of-muted);background:var(--of-input);border-radius:4px;
  padding:.45rem .75rem;color:var(--of-text)}
.of-notice.wrong{border-color:var(--of-warning)} .of-notice.done{border-color:var(--of-rising)}
.of-terms{display:grid;grid-template-columns:repeat(auto-fill,minmax(340px,1fr));gap:0 1.6rem}
.of-term{padding:.4rem 0;border-bottom:1px solid var(--of-grid)}
.of-term b{color:var(--of-text)} .of-term p{margin:.1rem 0 0;color:var(--of-muted)}
@media $phone{
  [data-testid=stHeader]{height:3rem;background:var(--of-sidebar)}
  [data-testid=stMainBlockContainer]{padding:3.6rem .6rem 2rem}
  [data-testid=stElementContainer]:has(.of-head){overflow:hidden}
  .of-head{gap:.4rem} .of-title{flex-basis:100%;font-size:1.29rem} .of-badge .phone-less,.of-badge.phone-less{display:none}
  .of-card-title span.phone-less{display:none}
  [class*="st-key-card_locked"]{padding:.8rem!important}
  .of-sim .phone-less{display:none}
  [data-testid=stPopoverBody]{width:calc(100vw - 1.2rem)!important;max-width:none!important}
  [data-testid=stPopoverBody] [data-testid=stElementContainer],
  [data-testid=stPopoverBody] [data-testid=stElementContainer]>div{width:100%!important}
  .st-key-phone_tools{align-items:center}
  .of-list td,.of-list th{padding-left:.25rem;padding-right:.25rem} .of-list td,.of-list a{height:32px;line-height:32px}
}
""")


def inject(palette: Palette) -> None:
    """Put the sheet of one theme on the page; once per run, before anything that is drawn."""
    markup.show(markup.style(SHEET.substitute(roles=palette.css(), phone=PHONE)))
