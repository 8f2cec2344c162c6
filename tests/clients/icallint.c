/* What does libical's strict parser object to in a calendar? The restrictions are those of RFC 5545, and of RFC 5546
 * where the calendar has a METHOD.
 *
 *     icallint FILE…     prints each objection; ends with 1 if there are any, with 2 if a file cannot be read
 */
#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>

static int objections;

static char *contents(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    size_t size = 0, room = 1 << 16, got;
    char *text = malloc(room);
    while (text && (got = fread(text + size, 1, room - size - 1, file)) > 0) {
        size += got;
        if (size + 1 == room) {
            text = realloc(text, room *= 2);
        }
    }
    fclose(file);
    if (!text) {
        exit(2);
    }
    text[size] = '\0';
    return text;
}

/* The parser leaves what it does not understand as X-LIC-ERROR, and so does the check of restrictions. */
static void report(const char *path, icalcomponent *component)
{
    icalproperty *error = icalcomponent_get_first_property(component, ICAL_XLICERROR_PROPERTY);
    for (; error; error = icalcomponent_get_next_property(component, ICAL_XLICERROR_PROPERTY)) {
        printf("%s: %s: %s\n", path, icalcomponent_kind_to_string(icalcomponent_isa(component)),
               icalproperty_get_xlicerror(error));
        objections++;
    }
    icalcomponent *child = icalcomponent_get_first_component(component, ICAL_ANY_COMPONENT);
    for (; child; child = icalcomponent_get_next_component(component, ICAL_ANY_COMPONENT)) {
        report(path, child);
    }
}

static void check(const char *path)
{
    char *text = contents(path);
    icalcomponent *calendar = icalparser_parse_string(text);
    free(text);
    if (!calendar || icalcomponent_isa(calendar) != ICAL_VCALENDAR_COMPONENT) {
        printf("%s: is no calendar\n", path);
        objections++;
        return;
    }
    if (!icalrestriction_check(calendar)) {
        printf("%s: breaks a restriction\n", path);
        objections++;
    }
    report(path, calendar);
    printf("%s: %d events\n", path, icalcomponent_count_components(calendar, ICAL_VEVENT_COMPONENT));
    icalcomponent_free(calendar);
}

int main(int number, char **arguments)
{
    icalerror_set_errors_are_fatal(0);
    if (number < 2) {
        fprintf(stderr, "Usage: icallint FILE…\n");
        return 2;
    }
    for (int index = 1; index < number; index++) {
        check(arguments[index]);
    }
    return objections ? 1 : 0;
}
