// What does ical.js, the parser of Thunderbird and Nextcloud, read in the calendar named by the argument? One JSON
// object: UID → [start, end (UTC), STATUS, SEQUENCE, SUMMARY, LOCATION, DESCRIPTION]; fails if a UID comes twice.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const calendar = new ICAL.Component(ICAL.parse(readFileSync(process.argv[2], "utf8")));
// The zone of the file itself counts, not one the library may know.
const zones = calendar.getAllSubcomponents("vtimezone").map((component) => new ICAL.Timezone(component));
const utc = (component, name) => {
    const property = component.getFirstProperty(name);
    const tzid = property.getParameter("tzid");
    const zone = zones.find((one) => one.tzid === tzid);
    if (zone === undefined) {
        throw new Error(`${name} is in no zone of the file: ${tzid}`);
    }
    const time = property.getFirstValue().clone();
    time.zone = zone;
    return new Date(time.toUnixTime() * 1000).toISOString();
};

const found = {};
for (const component of calendar.getAllSubcomponents("vevent")) {
    const event = new ICAL.Event(component);
    if (event.uid in found) {
        throw new Error(`${event.uid} comes twice`);
    }
    found[event.uid] = [
        utc(component, "dtstart"),
        utc(component, "dtend"),
        component.getFirstPropertyValue("status"),
        event.sequence,
        event.summary,
        event.location,
        event.description,
    ];
}
console.log(JSON.stringify(found));
