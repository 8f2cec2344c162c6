// What does ical.js, the parser of Thunderbird and Nextcloud, read in the calendars named by the arguments? A line of
// JSON each: UID → [start, end (UTC), STATUS, SEQUENCE, SUMMARY, LOCATION, DESCRIPTION]; fails if a UID comes twice.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

for (const path of process.argv.slice(2)) {
    const calendar = new ICAL.Component(ICAL.parse(readFileSync(path, "utf8")));
    console.log(JSON.stringify(events(calendar)));
}

function events(calendar) {
    // The zone of the file itself counts, not one the library may know.
    const zones = calendar.getAllSubcomponents("vtimezone").map((component) => new ICAL.Timezone(component));
    const found = {};
    for (const component of calendar.getAllSubcomponents("vevent")) {
        const event = new ICAL.Event(component);
        if (event.uid in found) {
            throw new Error(`${event.uid} comes twice`);
        }
        found[event.uid] = [
            utc(component.getFirstProperty("dtstart"), zones),
            utc(component.getFirstProperty("dtend"), zones),
            component.getFirstPropertyValue("status"),
            event.sequence,
            event.summary,
            event.location,
            event.description,
        ];
    }
    return found;
}

function utc(property, zones) {
    const tzid = property.getParameter("tzid");
    const zone = zones.find((one) => one.tzid === tzid);
    if (zone === undefined) {
        throw new Error(`${property.name} is in no zone of the file: ${tzid}`);
    }
    const time = property.getFirstValue().clone();
    time.zone = zone;
    return new Date(time.toUnixTime() * 1000).toISOString();
}
