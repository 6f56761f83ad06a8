/**
 * The Foundation SDK's types as the JSON that Grafana reads: enums become their values, methods go.
 * So a dashboard is checked against the SDK by the compiler, and nothing of the SDK runs. Classic
 * v1: Grafana 13 still refuses v2 in file provisioning. The switch is this file and `panels.ts`.
 */
import type * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import type * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import type * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import type * as stat from '@grafana/grafana-foundation-sdk/stat';
import type * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import type * as table from '@grafana/grafana-foundation-sdk/table';
import type * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';

type Plain<T> = T extends string
  ? `${T}`
  : T extends number
    ? `${T}` extends `${infer N extends number}`
      ? N
      : number
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [K in keyof T as T[K] extends () => void ? never : K]: Plain<T[K]> }
        : T;

/** What each panel type of the house vocabulary takes. */
interface PanelTypes {
  stat: { options: stat.Options; custom: Record<string, never> };
  timeseries: { options: timeseries.Options; custom: timeseries.FieldConfig };
  table: { options: table.Options; custom: table.FieldConfig };
  heatmap: { options: heatmap.Options; custom: heatmap.FieldConfig };
  'state-timeline': { options: statetimeline.Options; custom: statetimeline.FieldConfig };
}
export type PanelType = keyof PanelTypes;
export type Options<T extends PanelType> = Plain<PanelTypes[T]['options']>;
export type Custom<T extends PanelType> = Plain<PanelTypes[T]['custom']>;

export type Target = Plain<prometheus.Dataquery> & { refId: string };
export type Link = Plain<dashboard.DashboardLink>;
export type FieldConfig = Plain<dashboard.FieldConfig>;
export type Override = Plain<dashboard.FieldConfigSource>['overrides'][number];
export type Threshold = Plain<dashboard.Threshold>;
export type Mapping = Plain<dashboard.ValueMapping>;
export type Transformation = Plain<dashboard.DataTransformerConfig>;
export type GridPos = Plain<dashboard.GridPos>;
export type Variable = Plain<dashboard.VariableModel>;
export type Annotation = Omit<Plain<dashboard.AnnotationQuery>, 'target'> & { target: Target };
export type RowPanel = Plain<dashboard.RowPanel> & { gridPos: GridPos };

type PanelBase = Omit<Plain<dashboard.Panel>, 'targets' | 'type' | 'options' | 'fieldConfig'>;
/** A panel before it has its place. */
export interface Panel extends Omit<PanelBase, 'gridPos'> {
  id: number;
  type: PanelType;
  title: string;
  description: string;
  targets: Target[];
  links: Link[];
  options: Options<PanelType>;
  fieldConfig: { defaults: FieldConfig; overrides: Override[] };
}
export type PlacedPanel = Panel & { gridPos: GridPos };

export type Dashboard = Omit<
  Plain<dashboard.Dashboard>,
  'panels' | 'annotations' | 'templating' | 'title' | 'uid'
> & {
  uid: string;
  title: string;
  panels: (PlacedPanel | RowPanel)[];
  templating: { list: Variable[] };
  annotations: { list: Annotation[] };
};
