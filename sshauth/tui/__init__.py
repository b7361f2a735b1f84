"""The screens: they ask, show and hand on. They decide nothing about accounts."""
