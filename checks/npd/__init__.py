"""National Pupil Database fields in workbooks for readers outside the authority."""
