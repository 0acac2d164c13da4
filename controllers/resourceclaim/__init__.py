"""Resource claims of pods: made from templates, given back when the pods are done."""
