/** A file of the report. @throws where it does not come, in one line with its address */
export async function fetchFile(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: status ${response.status}: reload the page`);
  return response;
}

/** A JSON file of the report. @throws where it does not come, in one line with its address */
export const fetchJson = async <T>(url: string): Promise<T> =>
  (await (await fetchFile(url)).json()) as T;
