// Draws the charts of a page. What is drawn was decided by the server: this hands it over to the
// library, in the colors of the page, and writes numbers as the insight asks for.
"use strict";

const UNITS = [["d", 86400], ["h", 3600], ["m", 60]];
const NARROW = 420; // pixels
const SIZES = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];

const plain = (format, number) =>
  number.toLocaleString("en-US", {
    minimumFractionDigits: Math.min(format.min_decimals, format.decimals),
    maximumFractionDigits: format.decimals,
  });

const short = (format, number) => {
  const found = SIZES.find(([size]) => Math.abs(number) >= size);
  return found ? plain(format, number / found[0]) + found[1] : plain(format, number);
};

const duration = (seconds) => {
  if (seconds < 0) return `-${duration(-seconds)}`;
  if (seconds < 1) return seconds ? `${Math.round(seconds * 1000)}ms` : "0s";
  const parts = [];
  let rest = Math.round(seconds);
  for (const [letter, size] of UNITS) {
    if (rest >= size) {
      parts.push(`${Math.floor(rest / size)}${letter}`);
      rest %= size;
    }
  }
  if (rest) parts.push(`${rest}s`);
  return parts.slice(0, 2).join(" ");
};

const BODIES = {
  duration: (format, number) => duration(number),
  duration_ms: (format, number) => duration(number / 1000),
  percentage: (format, number) => `${plain(format, number)}%`,
  percentage_scaled: (format, number) => `${plain(format, number * 100)}%`,
  currency: (format, number) => (number < 0 ? "-$" : "$") + plain(format, Math.abs(number)),
  short,
  numeric: plain,
};

const write = (format, value) => {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  return format.prefix + BODIES[format.style](format, value) + format.postfix;
};

// Axes are narrow: long numbers are shortened there and only there.
const writeOnAxis = (format, value) => {
  const isLong = format.style === "numeric" && Math.abs(value) >= 10000;
  return write(isLong ? { ...format, style: "short", decimals: 1 } : format, value);
};

const each = (value, change) => {
  for (const one of Array.isArray(value) ? value : value ? [value] : []) change(one);
};

const addFormats = (option, { format, names }) => {
  const named = (name) => (names && names[name]) || name;
  option.tooltip.valueFormatter = (value) => write(format, value);
  if (option.tooltip.trigger === "item") {
    option.tooltip.formatter = ({ name, value, data, percent }) => {
      if (data && data.source) {
        return `${data.source} → ${data.target}\n${write(format, data.value)}`;
      }
      const share = percent === undefined ? "" : ` (${percent}%)`;
      return `${named(name)}\n${write(format, value)}${share}`;
    };
  }
  for (const side of ["xAxis", "yAxis"]) {
    each(option[side], (axis) => {
      if (axis.type === "category") return;
      axis.axisLabel = { ...axis.axisLabel, formatter: (value) => writeOnAxis(format, value) };
    });
  }
  each(option.series, (series) => {
    if (series.label && series.label.show && !series.label.formatter && series.type !== "map") {
      series.label.formatter = ({ name, value }) =>
        series.type === "pie" ? `${name}: ${write(format, value)}` : write(format, value);
    }
  });
};

const addColors = (option) => {
  const style = getComputedStyle(document.documentElement);
  const [text, faint, lines, card] = ["--text", "--faint", "--line", "--card"].map((name) =>
    style.getPropertyValue(name).trim(),
  );
  option.textStyle = { fontFamily: style.fontFamily };
  option.tooltip.backgroundColor = card;
  option.tooltip.borderColor = lines;
  option.tooltip.textStyle = { color: text };
  if (option.title) option.title.textStyle.color = text;
  if (option.legend) {
    option.legend.textStyle = { color: text };
    option.legend.pageTextStyle = { color: faint };
    option.legend.pageIconColor = text;
    option.legend.pageIconInactiveColor = lines;
    option.legend.inactiveColor = lines;
  }
  for (const side of ["xAxis", "yAxis"]) {
    each(option[side], (axis) => {
      axis.axisLabel = { ...axis.axisLabel, color: faint };
      axis.axisLine = { ...axis.axisLine, lineStyle: { color: lines } };
      axis.axisTick = { show: false };
      axis.splitLine = { ...axis.splitLine, lineStyle: { color: lines } };
      axis.nameTextStyle = { color: faint };
    });
  }
  each(option.series, (series) => {
    if (series.label || series.type === "sankey") series.label = { ...series.label, color: text };
    if (series.markLine) series.markLine.label = { color: text };
    if (series.type === "map") {
      series.itemStyle = { ...series.itemStyle, areaColor: lines, borderColor: card };
      series.emphasis.itemStyle = { areaColor: faint };
    }
    if (series.type === "pie") series.itemStyle = { borderColor: card, borderWidth: 2 };
  });
};

// So that the four or five names that most charts have stand side by side on a phone and on paper.
const narrowLegend = ({ legend }) => {
  if (!legend) return;
  Object.assign(legend, { itemWidth: 12, itemHeight: 10, itemGap: 8 });
  legend.textStyle.fontSize = 11;
};

// An outline that crosses the date line goes on beyond it, not back around the world.
const unfold = (outline) => {
  const crosses = outline.some(([x], n) => n && Math.abs(x - outline[n - 1][0]) > 180);
  for (const point of crosses ? outline : []) if (point[0] < 0) point[0] += 360;
};

const loadMap = async (address) => {
  if (echarts.getMap("world")) return;
  const answer = await fetch(address);
  const world = await answer.json();
  for (const { geometry } of world.features) {
    const isOne = geometry.type === "Polygon";
    for (const polygon of isOne ? [geometry.coordinates] : geometry.coordinates) polygon.forEach(unfold);
  }
  if (!echarts.getMap("world")) echarts.registerMap("world", world);
};

const draw = async (place) => {
  const source = document.getElementById(place.dataset.chart).textContent;
  if (JSON.parse(source).names) await loadMap(place.dataset.map);
  const view = echarts.init(place, null, { renderer: "svg" });
  const show = () => {
    const drawing = JSON.parse(source);
    addFormats(drawing.option, drawing);
    addColors(drawing.option);
    if (place.clientWidth < NARROW) narrowLegend(drawing.option);
    view.setOption(drawing.option, true);
  };
  show();
  place.classList.add("drawn");
  const fit = () => {
    view.resize();
    view.getZr().flush(); // now: what is printed does not wait for the next frame
  };
  new ResizeObserver(fit).observe(place);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  matchMedia("print").addEventListener("change", () => {
    show();
    fit();
  });
};

const begun = new WeakSet();

// Cards of a page that is still being written are drawn as they come.
const drawNew = () => {
  for (const place of document.querySelectorAll("[data-chart]")) {
    if (begun.has(place)) continue;
    begun.add(place);
    draw(place).catch((problem) => {
      place.classList.add("undrawn");
      console.error("A chart could not be drawn", problem);
    });
  }
};

const start = () => {
  drawNew();
  if (document.readyState !== "loading") return;
  const watch = new MutationObserver(drawNew);
  watch.observe(document.documentElement, { childList: true, subtree: true });
  document.addEventListener("DOMContentLoaded", () => {
    watch.disconnect();
    drawNew();
  });
};

if (window.echarts) start();
else document.getElementById("chart-library").addEventListener("load", start);
