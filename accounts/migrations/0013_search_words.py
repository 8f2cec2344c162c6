import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Concat

FOUND_BY = Concat(
    "title", Value("\n"), "first_name", Value("\n"), "last_name", Value("\n"),
    "organisation", Value("\n"), "email",
    output_field=models.CharField(),
)  # fmt: skip


class Migration(migrations.Migration):
    """Nobody has words yet: the worker makes them, and until then people are read one by one."""

    dependencies = [("accounts", "0012_people_without_address_index")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="found_by",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=820),
        ),
        migrations.AddField(
            model_name="user",
            name="lacks_search_words",
            field=models.GeneratedField(
                db_persist=True,
                expression=Case(
                    When(Q(erased_at=None) & ~Q(found_by=FOUND_BY), then=True),
                    When(Q(erased_at__isnull=False) & ~Q(found_by=""), then=True),
                    default=False,
                ),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(
                condition=Q(lacks_search_words=True), fields=["id"], name="user_without_search_words"
            ),
        ),
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("word", models.CharField(max_length=254, verbose_name="Wort")),
                ("backwards", models.CharField(max_length=254, verbose_name="Wort von hinten")),
                (
                    "person",
                    models.ForeignKey(
                        db_constraint=False,  # the version before deletes people and knows nothing of words
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="search_words",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="Person",
                    ),
                ),
            ],
            options={
                "verbose_name": "Wort der Suche",
                "verbose_name_plural": "Wörter der Suche",
                "ordering": ["person", "word"],
                "indexes": [
                    models.Index(
                        fields=["word", "person"],
                        name="search_word_forwards",
                        opclasses=["varchar_pattern_ops", "int8_ops"],
                    ),
                    models.Index(
                        fields=["backwards", "person"],
                        name="search_word_backwards",
                        opclasses=["varchar_pattern_ops", "int8_ops"],
                    ),
                ],
            },
        ),
    ]
