"""What has to be declared about a workbook."""
