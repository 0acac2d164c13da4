"""The ingress controller: Ingresses become the configuration of an nginx, which this process starts and looks after.

`plan` makes a model of what is to be served out of Ingresses, Services, EndpointSlices and Secrets, `render` makes
nginx's configuration of the model; both are pure. `sync` installs it, `nginx` runs the program, `publish` tells users.
"""
