"""The whole of Handover on one machine: real servers out of wheels, for demo, story and tests."""
