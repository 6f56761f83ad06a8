/** Words of a template of each kind of component file, beside its script. */
const vueMarkup = /\sv-(?:if|for|bind|model|on)|[\s<]@\w+=|\{\{/;
const svelteMarkup =
  /\{[#/:@](?:if|each|await|else|html|key|snippet|render)\b|\son:\w+=\{|\bbind:\w+=|\$props\(|\$state\(/;

/**
 * The kind of a component file by its own markers, or null. Vue, Svelte and Astro files are HTML around
 * one script, and their markers are not those of a page.
 */
export function componentLanguage(sample: string): string | null {
  if (/^---\n[^]{0,20000}?\n---\s*(?:\n|$)/.test(sample) && /^\s*<[A-Za-z!]/m.test(sample)) {
    return 'astro';
  }
  if (/^<!DOCTYPE|^<html\b/im.test(sample)) return null;
  const hasScript = /^<script\b[^>]*>/m.test(sample);
  if (isVue(sample, hasScript)) return 'vue';
  if (svelteMarkup.test(sample) && /<\/?[a-z]/.test(sample)) return 'svelte';
  return hasScript && /^\s*export let \w+/m.test(sample) ? 'svelte' : null;
}

function isVue(sample: string, hasScript: boolean): boolean {
  if (/^<script\s[^>]*\bsetup\b/m.test(sample)) return true;
  const hasTemplate = /^<template\b[^>]*>\s*$/m.test(sample);
  return hasTemplate && (hasScript || vueMarkup.test(sample));
}
