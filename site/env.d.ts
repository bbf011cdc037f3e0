/// <reference types="astro/client" />

declare namespace App {
  interface Locals {
    /** The study that the page is about; set by the page, read by its components. */
    study: import('./lib/study/studies.ts').Study;
  }
}
