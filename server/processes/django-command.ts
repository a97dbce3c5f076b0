import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../django', import.meta.url));

/** The words and variables by which a Python that has it runs the Django project, under Daphne. */
export const djangoCommand = ({ host = '127.0.0.1', port = 0 } = {}) => ({
  args: ['-m', 'daphne', '-b', host, '-p', String(port), 'project.asgi:application'],
  env: {
    PYTHONPATH: project,
    PYTHONUNBUFFERED: '1',
    PYTHONDONTWRITEBYTECODE: '1', // the site is built anew when a file under server/ changes
  },
});
