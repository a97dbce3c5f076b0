export function djangoCommand(where?: { host?: string; port?: number }): {
  args: string[];
  env: Record<string, string>;
};
