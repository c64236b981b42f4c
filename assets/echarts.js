// The parts of the chart library that our charts draw with; the whole would weigh three times as much.
import * as echarts from "echarts/core";
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, LegendPlainComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendPlainComponent, LegendScrollComponent, MarkLineComponent, TooltipComponent, CanvasRenderer]);
window.echarts = echarts;
