"""Templates: documents in the template language, their versions, and drawing with them.

`document` says what a template is, `publication` and `catalogue` write and read the rows, `drawing` makes a scene.
"""
