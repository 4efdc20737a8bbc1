"""What runs in the disposable process. It imports neither Django nor anything else of ours.

The process puts this folder's parent on its path and knows it as ``inside``: so imports in here are
relative, and no settings, key or database code is ever loaded where a stranger's file is parsed.
"""
