from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"

    def ready(self) -> None:
        import accounts.demo  # noqa: PLC0415  needs the models
        from demo import people  # noqa: PLC0415

        accounts.demo.register(people.offered)
