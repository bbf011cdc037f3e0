export async function publish(_results: string, _to: string): Promise<string[]> {
  return [];
}
