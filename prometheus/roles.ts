/** Of a selector: processes that answer requests. Workers are scraped with `role="worker"` and say nothing of those. */
export const API = '{role!="worker"}';
