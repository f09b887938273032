// Before the page is drawn, so that hidden code never flashes up. Without scripts it stays visible.
document.documentElement.classList.add("scripted");
