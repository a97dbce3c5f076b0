"""Django's own commands: `python3 manage.py runserver` is Daphne too, since `daphne` stands first in INSTALLED_APPS."""

import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings")
execute_from_command_line(sys.argv)
