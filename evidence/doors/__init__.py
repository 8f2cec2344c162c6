"""Auditors look at the evidence of a period without an account: who lets them in, what do they see and ask?"""

from evidence.doors.entering import COOKIE, HOURS, begin, code_to_show, end, enter, inside, mail_code, seconds_to_wait
from evidence.doors.looking import ShownToAuditors, looks_at, note, scans_of
from evidence.doors.mails import declare, last_mail_of
from evidence.doors.opening import close, doors_of, most_days, open_door, prolong, renew_link, usual_end
from evidence.doors.questions import answer, ask, questions_at, questions_of, to_answer
