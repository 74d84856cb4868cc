"""Questions in and out: QTI 3 and Moodle XML."""
