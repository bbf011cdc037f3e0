/// <reference types="astro/client" />

declare namespace App {
  interface Locals {
    /** The study that the page is about; set by the page, read by its components. */
    study: import('./lib/study/studies.ts').Study;
    /** The path of a page of the text, after the study's own; set by such a page, read by the links in its prose. */
    page?: string;
  }
}
