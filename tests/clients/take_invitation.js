// What Thunderbird does when somebody accepts an invitation or a cancellation, without its buttons. Arguments: the
// calendar file, its METHOD, and a function that gets the action Thunderbird offers (empty: none) and what the
// calendar shows afterwards: [UID, start, end (UTC), STATUS, SUMMARY].
const [content, method, done] = arguments;
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const calendar = cal.manager.getCalendars().find(({ name }) => name === "own");

async function report(action) {
    const items = await calendar.getItemsAsArray(Ci.calICalendar.ITEM_FILTER_ALL_ITEMS, 0, null, null);
    const utc = (time) => time.getInTimezone(cal.dtz.UTC).icalString;
    done([action, items.map((item) => [item.id, utc(item.startDate), utc(item.endDate), item.status, item.title])]);
}

const invitation = Cc["@mozilla.org/calendar/itip-item;1"].createInstance(Ci.calIItipItem);
invitation.init(content);
invitation.receivedMethod = method;
invitation.autoResponse = Ci.calIItipItem.NONE;
invitation.targetCalendar = calendar;
let isOffered = false;
cal.itip.processItipItem(invitation, (_item, _code, act) => {
    if (isOffered) {
        return; // called again once the calendar has changed
    }
    isOffered = true;
    if (!act) {
        report("");
        return;
    }
    const listener = { onOperationComplete: () => report(act.method), onGetResult: () => undefined };
    act(listener, method === "CANCEL" ? null : "ACCEPTED", { responseMode: Ci.calIItipItem.NONE });
});
