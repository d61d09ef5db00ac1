"""What is disclosive, for whom: profiles, audiences, NPD and identifier vocabularies, masking."""
