"""Claims, volumes and volume classes in use outlive their deletion: a finalizer holds them until nobody needs them."""
