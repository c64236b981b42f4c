// Draws every [data-chart]: figures and texts come from the JSON element it names, colours from the design tokens.
(() => {
  "use strict";

  const drawn = new Map();
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const TONES = { green: "--tg-green-mark", amber: "--tg-amber-mark", red: "--tg-red-mark", blue: "--tg-blue-mark", grey: "--tg-grey-mark", brand: "--tg-brand", gold: "--tg-gold" };
  const PALETTE = 8;
  const LABEL_LETTER = 6.5;

  // light-dark() is only resolved on a real property, so a probe element wears the colour.
  function colourReader(host) {
    const probe = document.createElement("span");
    host.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    return { read, done: () => probe.remove() };
  }

  function readTheme(host, data) {
    const { read, done } = colourReader(host);
    const theme = {
      ink: read("--tg-ink"),
      muted: read("--tg-ink-3"),
      line: read("--tg-line"),
      strong: read("--tg-line-strong"),
      surface: read("--tg-surface"),
      brand: read("--tg-brand"),
      rise: read("--tg-green-mark"),
      fall: read("--tg-red-mark"),
      series: data.series.map((series, index) => read(TONES[series.tone] || `--tg-chart-${(index % PALETTE) + 1}`)),
      font: getComputedStyle(document.body).fontFamily,
    };
    done();
    return theme;
  }

  const asNumber = (text) => (text === null ? null : Number(text));

  // Axis marks only: exact figures are texts from the server.
  function axisText(value, data) {
    const { point, scales } = data.format;
    const sign = value < 0 ? "\u2212" : "";
    const size = Math.abs(value);
    const write = (figure) => String(Math.round(figure * 100) / 100).replace(".", point);
    if (data.unit === "percent") return `${sign}${write(size * 100)}\u00a0%`;
    const scale = scales.find(([limit]) => size >= Number(limit));
    return scale ? `${sign}${write(size / Number(scale[0]))}\u00a0${scale[1]}` : `${sign}${write(size)}`;
  }

  function barSeries(data, theme, isStacked) {
    return data.series.map((series, index) => ({
      name: series.name,
      type: "bar",
      stack: isStacked ? "all" : undefined,
      data: series.values.map(asNumber),
      color: theme.series[index],
      barMaxWidth: isStacked ? 44 : 26,
      barCategoryGap: "38%",
      itemStyle: { borderColor: theme.surface, borderWidth: isStacked ? 0.75 : 0, borderRadius: isStacked ? 1 : [3, 3, 0, 0] },
      emphasis: { focus: "series" },
      blur: { itemStyle: { opacity: 0.35 } },
      cursor: data.links.length ? "pointer" : "default",
      tooltip: { valueFormatter: (_value, at) => series.texts[at] },
    }));
  }

  // Where the widest label would reach into its neighbour none is drawn: the tooltip and the table have them.
  function hasRoomForLabels(host, data) {
    const widest = Math.max(...data.total_labels.map((text) => text.length)) * LABEL_LETTER;
    return widest < host.clientWidth / data.categories.length;
  }

  // An invisible column as high as the stack carries the total: above it as a label, and in the tooltip.
  function totalSeries(host, data, theme) {
    const heights = data.totals.map((total, at) => (total === null ? null : data.series.reduce((sum, s) => sum + Math.max(asNumber(s.values[at]) || 0, 0), 0)));
    return {
      name: host.dataset.labelTotal,
      type: "bar",
      data: heights,
      barGap: "-100%",
      barMaxWidth: 44,
      z: 1,
      silent: true,
      itemStyle: { color: "transparent" },
      label: { show: hasRoomForLabels(host, data), position: "top", distance: 6, color: theme.ink, fontWeight: 600, fontSize: 11.5, formatter: ({ dataIndex }) => data.total_labels[dataIndex] },
      labelLayout: { hideOverlap: true },
      tooltip: { valueFormatter: (_value, at) => data.total_texts[at] },
    };
  }

  // Upright lines, such as today, hang on the first series: they belong to no figure.
  function markLine(data, theme) {
    if (!data.marks.length) return undefined;
    const label = { color: theme.muted, fontSize: 11.5, distance: 4 };
    return {
      silent: true,
      symbol: "none",
      lineStyle: { color: theme.strong, width: 1.25, type: "dashed" },
      data: data.marks.map((mark) => ({ xAxis: mark.at, label: { ...label, formatter: mark.label } })),
    };
  }

  function lineSeries(data, theme, isArea) {
    return data.series.map((series, index) => ({
      name: series.name,
      type: "line",
      data: series.values.map(asNumber),
      color: theme.series[index],
      lineStyle: { width: 2.25, type: series.dashed ? [6, 5] : "solid" },
      areaStyle: isArea && !series.dashed ? { opacity: 0.12 } : undefined,
      symbol: "circle",
      symbolSize: 7,
      showSymbol: series.values.filter((value) => value !== null).length === 1,
      emphasis: { focus: "series" },
      tooltip: { valueFormatter: (_value, at) => series.texts[at] },
      markLine: index ? undefined : markLine(data, theme),
    }));
  }

  // From where to where each step of a waterfall reaches: the first and the last stand on the ground.
  function reaches(values) {
    let level = 0;
    return values.map((text, at) => {
      const amount = asNumber(text) || 0;
      if (at === 0 || at === values.length - 1) return [0, (level = amount)];
      return [level, (level += amount)];
    });
  }

  // An invisible foot lifts each step; one that crosses the ground has a part above and one below it.
  function waterfallSeries(host, data, theme) {
    const spans = reaches(data.series[0].values);
    const isTotal = (at) => at === 0 || at === spans.length - 1;
    const tone = (at) => (isTotal(at) ? theme.brand : spans[at][1] < spans[at][0] ? theme.fall : theme.rise);
    const foot = ([from, to]) => (from * to <= 0 ? 0 : Math.sign(from) * Math.min(Math.abs(from), Math.abs(to)));
    const above = ([from, to]) => Math.max(from, to, 0) - Math.max(Math.min(from, to), 0);
    const below = ([from, to]) => Math.min(from, to, 0) - Math.min(Math.max(from, to), 0);
    const bar = { type: "bar", stack: "all", barMaxWidth: 44, barCategoryGap: "38%" };
    const shown = (height) => ({ ...bar, cursor: "pointer", data: spans.map((span, at) => ({ value: height(span), itemStyle: { color: tone(at), borderRadius: 1 } })) });
    const label = { show: hasRoomForLabels(host, data), position: "top", color: theme.ink, fontSize: 11.5, formatter: ({ dataIndex }) => data.total_labels[dataIndex] };
    return [{ ...bar, silent: true, itemStyle: { color: "transparent" }, data: spans.map(foot) }, { ...shown(above), label, labelLayout: { hideOverlap: true } }, shown(below)];
  }

  function seriesOf(host, data, theme) {
    const kind = data.kind;
    if (kind === "waterfall") return waterfallSeries(host, data, theme);
    if (kind === "line" || kind === "area") return lineSeries(data, theme, kind === "area");
    const bars = barSeries(data, theme, kind === "bar-stacked");
    return data.totals ? [...bars, totalSeries(host, data, theme)] : bars;
  }

  function options(host, data, theme) {
    const isLine = data.kind === "line" || data.kind === "area";
    const hasLegend = data.series.length > 1;
    const text = { color: theme.muted, fontFamily: theme.font, fontSize: 12 };
    return {
      animation: !calm.matches,
      animationDuration: 320,
      textStyle: { fontFamily: theme.font },
      grid: { left: 4, right: 12, top: hasLegend ? 48 : 24, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      legend: { show: hasLegend, type: "scroll", top: 0, left: 0, padding: [4, 0], icon: isLine ? undefined : "roundRect", itemWidth: isLine ? 22 : 11, itemHeight: 11, itemGap: 18, data: data.series.map((series) => series.name), textStyle: { ...text, color: theme.ink }, pageTextStyle: text, pageIconColor: theme.ink, pageIconInactiveColor: theme.strong },
      tooltip: { formatter: data.kind === "waterfall" ? ([{ dataIndex }]) => `${data.categories[dataIndex]}\n${data.series[0].texts[dataIndex]}` : undefined, trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: isLine ? "line" : "shadow", lineStyle: { color: theme.strong }, shadowStyle: { color: theme.line, opacity: 0.35 } }, backgroundColor: theme.surface, borderColor: theme.strong, borderWidth: 1, padding: [10, 14], textStyle: { ...text, color: theme.ink, fontSize: 13 } },
      xAxis: { type: "category", data: data.categories, boundaryGap: !isLine, axisTick: { show: false }, axisLine: { lineStyle: { color: theme.strong } }, axisLabel: { ...text, hideOverlap: true, margin: 10 } },
      yAxis: { type: "value", splitNumber: 4, axisLabel: { ...text, formatter: (value) => axisText(value, data) }, splitLine: { lineStyle: { color: theme.line } } },
      series: seriesOf(host, data, theme),
    };
  }

  function draw(host) {
    if (!host.dataset.payload || !window.echarts) return;
    const data = JSON.parse(host.dataset.payload);
    const chart = drawn.get(host)?.chart || window.echarts.init(host, null, { renderer: "canvas" });
    chart.setOption(options(host, data, readTheme(host, data)), { notMerge: true });
    if (drawn.has(host)) return;
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(host);
    drawn.set(host, { chart, observer });
    chart.on("click", ({ dataIndex }) => data.links[dataIndex] && location.assign(data.links[dataIndex]));
  }

  function forgetGone() {
    for (const [host, { chart, observer }] of drawn) {
      if (host.isConnected) continue;
      observer.disconnect();
      chart.dispose();
      drawn.delete(host);
    }
  }

  function drawAll() {
    forgetGone();
    for (const host of document.querySelectorAll("[data-chart]")) draw(host);
  }

  async function start() {
    // The first drawing waits for the figures' font, or labels would be measured in another one.
    await Promise.race([document.fonts.ready, new Promise((resolve) => setTimeout(resolve, 800))]);
    drawAll();
  }

  document.addEventListener("tollgate:theme", drawAll);
  document.addEventListener("htmx:afterSettle", drawAll);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
