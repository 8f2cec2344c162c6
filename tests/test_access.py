"""Who may open what: every address × every kind of person.

An address without a row fails, and so does a row without an address. The back office stands for itself below.
"""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pypdf import PdfWriter

from accounts.models import AuditEvent, User
from accounts.tables import keep_upload
from certificates import issuing, proof
from certificates.models import Certificate
from evidence.models import AuditorDoor, DoorQuestion, PeriodTarget
from tests.builders import (
    build_agency,
    build_agreement,
    build_funding,
    build_person,
    build_registration,
    build_run,
    build_venue,
    in_days,
    only_session,
)
from tests.certificates.proof.keys import build_badge_key
from tests.evidence.builders import (
    TOKEN,
    build_door,
    build_dossier,
    build_format,
    build_indicator,
    build_period,
    build_target,
)
from tests.trainings.planning.test_run_pages import fields_of
from trainings import attendance, calendars, mails
from trainings.acts import Act, Channel
from trainings.attendance import Export, Mark
from trainings.forms.online_attendance import packed
from trainings.models import (
    AccountMerge,
    AttendanceChange,
    AttendanceRecord,
    Contingent,
    Correspondence,
    CourseRun,
    DataRequest,
    HeldPlace,
    Message,
    Registration,
    Session,
)
from trainings.people import merge
from trainings.personal_codes import personal_code
from trainings.reporting import Period

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n%%EOF\n"
FORMAT = {"language": "de", "time_in": "units", "days": "excel", "delimiter": ";", "decimal_mark": ","}
AGENCY = b"Kurzname;Name;Art\nX;X;Kirche\n"
AUDITING = ["audit", "audit_runs", "audit_called_off", "audit_questions", "leave_audit"]
CHIEF = "chefin@mayen.example"
PEOPLE = ["anonymous", "participant", "other_participant", "trainer", "other_trainer", "agency_contact", "coordinator"]

# ok: 200 · sign-in: sent to the sign-in · moved: sent elsewhere · 404: there is no such thing for this person ·
# 401: a script is told that somebody has to sign in · 403: for auditors alone · 405: only POST. The
# participant owns the registration, the certificate and the address of the feed (whoever knows it may read it); the
# trainer leads the runs; the other trainer leads another one.
READING = """
                                    anonymous  participant  other_p.  trainer  other_t.  agency  coordinator
trainings:catalogue                 ok         ok           ok        ok       ok        ok      ok
robots                              ok         ok           ok        ok       ok        ok      ok
sitemap                             ok         ok           ok        ok       ok        ok      ok
trainings:course                    ok         ok           ok        ok       ok        ok      ok
trainings:register                  sign-in    ok           ok        ok       ok        ok      ok
trainings:my_registrations          sign-in    ok           ok        ok       ok        ok      ok
trainings:my_path                   sign-in    ok           ok        ok       ok        ok      ok
trainings:registration              sign-in    ok           404       404      404       404     404
trainings:personal_code             sign-in    ok           404       404      404       404     404
trainings:cancel                    sign-in    ok           404       404      404       404     404
trainings:answer_offer              sign-in    405          405       405      405       405     405
trainings:wait_for_more             sign-in    405          405       405      405       405     405
trainings:pass_on                   sign-in    ok           404       404      404       404     404
trainings:move                      sign-in    ok           404       404      404       404     404
trainings:change_needs              sign-in    ok           404       404      404       404     404
trainings:change_supervisor         sign-in    ok           404       404      404       404     404
trainings:my_data                   sign-in    ok           ok        ok       ok        ok      ok
trainings:data_copy                 sign-in    ok           ok        ok       ok        ok      ok
trainings:take_back                 sign-in    405          405       405      405       405     405
trainings:request_about_data        sign-in    ok           ok        ok       ok        ok      ok
trainings:withdraw_request          sign-in    405          405       405      405       405     405
trainings:data_requests             sign-in    404          404       404      404       404     ok
trainings:answer_request            sign-in    404          404       404      404       404     ok
trainings:erase_person              sign-in    404          404       404      404       404     ok
trainings:restrict_person           sign-in    404          404       404      404       404     ok
trainings:end_restriction           sign-in    404          404       404      404       404     ok
certificates:all_of_mine            sign-in    ok           404       404      404       404     404
trainings:approval                  ok         ok           ok        ok       ok        ok      ok
trainings:offer                     ok         ok           ok        ok       ok        ok      ok
trainings:cancel_by_link            ok         ok           ok        ok       ok        ok      ok
trainings:unsubscribe               ok         ok           ok        ok       ok        ok      ok
trainings:calendar                  ok         ok           ok        ok       ok        ok      ok
trainings:public_feed               ok         ok           ok        ok       ok        ok      ok
trainings:personal_feed             ok         ok           ok        ok       ok        ok      ok
trainings:calendar_help             ok         ok           ok        ok       ok        ok      ok
trainings:new_address               sign-in    moved        moved     moved    moved     moved   moved
trainings:subscribe                 sign-in    405          405       405      405       405     405
trainings:change_subscription       sign-in    ok           404       404      404       404     404
trainings:revoke_subscription       sign-in    ok           404       404      404       404     404
trainings:session_calendar          ok         ok           ok        ok       ok        ok      ok
trainings:check_in                  sign-in    ok           ok        ok       ok        ok      ok
trainings:check_in_scanned          ok         ok           ok        ok       ok        ok      ok
trainings:check_in_session          sign-in    moved        moved     moved    moved     moved   moved
trainings:teaching                  sign-in    404          404       ok       ok        404     404
trainings:taught_in                 sign-in    404          404       ok       404       404     404
trainings:attendance                sign-in    404          404       ok       404       404     ok
trainings:add_walk_in               sign-in    404          404       ok       404       404     ok
trainings:paper                     sign-in    404          404       ok       404       404     ok
trainings:upload_scan               sign-in    405          405       405      405       405     405
trainings:scan                      sign-in    404          404       ok       404       404     ok
trainings:refile                    sign-in    404          404       ok       404       404     ok
trainings:submit                    sign-in    404          404       ok       404       404     ok
trainings:close                     sign-in    404          404       404      404       404     ok
trainings:room_code                 sign-in    404          404       ok       404       404     ok
trainings:check_ins                 sign-in    404          404       ok       404       404     ok
trainings:enter_personal_code       sign-in    404          404       ok       404       404     ok
trainings:online_attendance         sign-in    404          404       ok       404       404     ok
trainings:take_back_import          sign-in    404          404       ok       404       404     ok
trainings:session_sheet             sign-in    404          404       ok       404       404     ok
trainings:run_sheets                sign-in    404          404       ok       404       404     ok
trainings:attendance_taps           405        405          405       405      405       405     405
trainings:attendance_worker         ok         ok           ok        ok       ok        ok      ok
trainings:coordination              sign-in    404          404       404      404       404     ok
trainings:master_data               sign-in    404          404       404      404       404     ok
trainings:master_data_list          sign-in    404          404       404      404       404     ok
trainings:new_master_data           sign-in    404          404       404      404       404     ok
trainings:edit_master_data          sign-in    404          404       404      404       404     ok
trainings:remove_master_data        sign-in    404          404       404      404       404     405
trainings:agency_contacts           sign-in    404          404       404      404       404     ok
trainings:new_agreement             sign-in    404          404       404      404       404     ok
trainings:edit_agreement            sign-in    404          404       404      404       404     ok
trainings:end_agreement             sign-in    404          404       404      404       404     ok
trainings:remove_agreement          sign-in    404          404       404      404       404     405
trainings:agreement_file            sign-in    404          404       404      404       404     ok
trainings:find_people               sign-in    404          404       404      404       404     ok
trainings:new_person                sign-in    404          404       404      404       404     ok
trainings:person                    sign-in    404          404       404      404       404     ok
trainings:edit_person               sign-in    404          404       404      404       404     ok
trainings:add_address               sign-in    404          404       404      404       404     ok
trainings:end_account               sign-in    404          404       404      404       404     ok
trainings:reopen_account            sign-in    404          404       404      404       404     ok
trainings:merge_people              sign-in    404          404       404      404       404     ok
trainings:undo_merge                sign-in    404          404       404      404       404     ok
trainings:audit                     sign-in    404          404       404      404       404     ok
trainings:file_of_audit             sign-in    404          404       404      404       404     ok
trainings:end_account_of_colleague  sign-in    404          404       404      404       ok      404
trainings:rename_colleague          sign-in    404          404       404      404       ok      404
trainings:end_own_account           sign-in    ok           ok        ok       ok        ok      ok
trainings:tables                    sign-in    404          404       404      404       404     ok
trainings:table                     sign-in    404          404       404      404       404     ok
trainings:confirm_table             sign-in    404          404       404      404       404     405
trainings:table_file                sign-in    404          404       404      404       404     ok
trainings:coordination_runs         sign-in    404          404       404      404       404     ok
trainings:coordination_run          sign-in    404          404       404      404       404     ok
trainings:register_other            sign-in    404          404       404      404       404     ok
trainings:change_capacity           sign-in    404          404       404      404       404     405
trainings:publish                   sign-in    404          404       404      404       404     ok
trainings:choose_course             sign-in    404          404       404      404       404     ok
trainings:new_run                   sign-in    404          404       404      404       404     ok
trainings:edit_run                  sign-in    404          404       404      404       404     ok
trainings:copy_run                  sign-in    404          404       404      404       404     ok
trainings:withdraw                  sign-in    404          404       404      404       404     ok
trainings:reopen                    sign-in    404          404       404      404       404     ok
trainings:cancel_run                sign-in    404          404       404      404       404     ok
trainings:export                    sign-in    404          404       404      404       404     ok
trainings:cancel_other              sign-in    404          404       404      404       404     ok
trainings:message_texts             sign-in    404          404       404      404       404     ok
trainings:message_text              sign-in    404          404       404      404       404     ok
trainings:message_text_preview      sign-in    404          404       404      404       404     ok
trainings:half_year                 sign-in    404          404       404      404       404     ok
trainings:file_of_half_year         sign-in    404          404       404      404       404     ok
trainings:programme                 sign-in    404          404       404      404       404     ok
trainings:legal_pages               sign-in    404          404       404      404       404     ok
trainings:page_text                 sign-in    404          404       404      404       404     ok
trainings:page_text_preview         sign-in    404          404       404      404       404     ok
trainings:figures                   sign-in    404          404       404      404       404     ok
trainings:runs_behind               sign-in    404          404       404      404       404     ok
trainings:figures_pdf               sign-in    404          404       404      404       404     ok
trainings:file_of_figures           sign-in    404          404       404      404       404     ok
trainings:figures_of_run            sign-in    404          404       404      404       404     ok
trainings:file_of_run               sign-in    404          404       404      404       404     ok
trainings:queue                     sign-in    404          404       404      404       404     ok
trainings:move_up                   sign-in    404          404       404      404       404     ok
trainings:give_now                  sign-in    404          404       404      404       404     ok
trainings:approve                   sign-in    404          404       404      404       404     ok
trainings:decline                   sign-in    404          404       404      404       404     ok
trainings:run_contingents           sign-in    404          404       404      404       404     ok
trainings:change_contingent         sign-in    404          404       404      404       404     ok
trainings:invite                    sign-in    404          404       404      404       404     ok
trainings:invite_groups             sign-in    404          404       404      404       404     ok
trainings:offer_other_run           sign-in    404          404       404      404       404     ok
trainings:plan                      sign-in    404          404       404      404       404     ok
trainings:refreshers                sign-in    404          404       404      404       404     ok
trainings:file_of_refreshers        sign-in    404          404       404      404       404     ok
trainings:agency_refreshers         sign-in    404          404       404      404       ok      404
trainings:interest                  sign-in    404          404       404      404       404     ok
trainings:remove_contingent         sign-in    404          404       404      404       404     405
trainings:hold_anyway               sign-in    404          404       404      404       404     405
trainings:note_interest             sign-in    405          405       405      405       405     405
trainings:release_mails             sign-in    404          404       404      404       404     ok
trainings:notices                   sign-in    404          404       404      404       404     ok
trainings:messages                  sign-in    404          404       404      404       404     ok
trainings:message                   sign-in    404          404       404      404       404     ok
trainings:announce                  sign-in    404          404       404      404       404     ok
trainings:send_again                sign-in    404          404       404      404       404     405
trainings:address_works             sign-in    404          404       404      404       404     405
trainings:run_reminders             sign-in    404          404       404      404       404     ok
trainings:check_person              sign-in    404          404       404      404       404     ok
trainings:agency                    sign-in    404          404       404      404       ok      404
trainings:agency_run                sign-in    404          404       404      404       ok      404
trainings:register_list             sign-in    404          404       404      404       ok      404
trainings:hold_places               sign-in    404          404       404      404       405     404
trainings:name_place                sign-in    404          404       404      404       ok      404
trainings:give_back_place           sign-in    404          404       404      404       405     404
trainings:decide                    sign-in    404          404       404      404       ok      404
trainings:cancel_colleague          sign-in    404          404       404      404       ok      404
trainings:substitute_colleague      sign-in    404          404       404      404       ok      404
trainings:coordination_list         sign-in    404          404       404      404       404     ok
certificates:list                   sign-in    ok           ok        ok       ok        ok      ok
certificates:download               sign-in    ok           404       404      404       404     ok
certificates:show                   sign-in    ok           404       404      404       404     ok
certificates:revoke                 sign-in    404          404       404      404       404     ok
certificates:replace                sign-in    404          404       404      404       404     ok
certificates:correct_name           sign-in    404          404       404      404       404     ok
certificates:badge                  sign-in    ok           404       404      404       404     404
certificates:badge_issuer           ok         ok           ok        ok       ok        ok      ok
certificates:badge_key              ok         ok           ok        ok       ok        ok      ok
certificates:badge_status           ok         ok           ok        ok       ok        ok      ok
certificates:issue                  sign-in    404          404       404      404       404     ok
certificates:wording                sign-in    404          404       404      404       404     ok
certificates:sample                 sign-in    404          404       404      404       404     ok
evidence:periods                    sign-in    404          404       404      404       404     ok
evidence:new_period                 sign-in    404          404       404      404       404     ok
evidence:period                     sign-in    404          404       404      404       404     ok
evidence:edit_period                sign-in    404          404       404      404       404     ok
evidence:missing                    sign-in    404          404       404      404       404     ok
evidence:file_of_missing            sign-in    404          404       404      404       404     ok
evidence:remove_period              sign-in    404          404       404      404       404     405
evidence:new_door                   sign-in    404          404       404      404      404     ok
evidence:door                       sign-in    404          404       404      404      404     ok
evidence:prolong_door               sign-in    404          404       404      404      404     ok
evidence:renew_door_link            sign-in    404          404       404      404      404     ok
evidence:close_door                 sign-in    404          404       404      404      404     ok
evidence:answer_question            sign-in    404          404       404      404      404     ok
evidence:door_link                  ok         ok           ok        ok       ok       ok      ok
evidence:door_code                  ok         ok           ok        ok       ok       ok      ok
evidence:audit                      403        403          403       403      403      403     403
evidence:audit_runs                 403        403          403       403      403      403     403
evidence:audit_run                  403        403          403       403      403      403     403
evidence:audit_called_off           403        403          403       403      403      403     403
evidence:audit_questions            403        403          403       403      403      403     403
evidence:audit_scan                 403        403          403       403      403      403     403
evidence:leave_audit                405        405          405       405      405      405     405
evidence:formats                    sign-in    404          404       404      404       404     ok
evidence:new_format                 sign-in    404          404       404      404       404     ok
evidence:copy_format                sign-in    404          404       404      404       404     405
evidence:edit_format                sign-in    404          404       404      404       404     ok
evidence:remove_format              sign-in    404          404       404      404       404     405
evidence:file_of_format             sign-in    404          404       404      404       404     ok
evidence:indicators                 sign-in    404          404       404      404       404     ok
evidence:file_of_indicators         sign-in    404          404       404      404       404     ok
evidence:indicators_of_period       sign-in    404          404       404      404       404     ok
evidence:new_indicator              sign-in    404          404       404      404       404     ok
evidence:edit_indicator             sign-in    404          404       404      404       404     ok
evidence:remove_indicator           sign-in    404          404       404      404       404     405
evidence:targets                    sign-in    404          404       404      404       404     ok
evidence:new_dossier                sign-in    404          404       404      404       404     405
evidence:dossier                    sign-in    404          404       404      404       404     ok
evidence:dossier_file               sign-in    404          404       404      404       404     405
evidence:hand_in                    sign-in    404          404       404      404       404     ok
evidence:changed_since              sign-in    404          404       404      404       404     ok
evidence:new_supplement             sign-in    404          404       404      404       404     405
evidence:check_dossier              ok         ok           ok        ok       ok        ok      ok
certificates:zipped                 sign-in    404          404       404      404       404     ok
certificates:printed                sign-in    404          404       404      404       404     ok
certificates:record                 sign-in    ok           ok        ok       ok        ok      ok
certificates:record_file            sign-in    ok           moved     moved    moved     moved   moved
certificates:record_of_colleague    sign-in    404          404       404      404       ok      404
certificates:record_of_colleague_file sign-in  404          404       404      404       ok      404
certificates:record_of_person       sign-in    404          404       404      404       404     ok
certificates:record_of_person_file  sign-in    404          404       404      404       404     ok
certificates:collective             sign-in    404          404       404      404       ok      404
certificates:collective_file        sign-in    404          404       404      404       moved   404
certificates:collective_of_agency   sign-in    404          404       404      404       404     ok
certificates:collective_of_agency_file sign-in 404          404       404      404       404     moved
certificates:verify_form            ok         ok           ok        ok       ok        ok      ok
certificates:verify                 ok         ok           ok        ok       ok        ok      ok
certificates:compare_file           405        405          405       405      405       405     405
accounts:demo_sign_in               405        405          405       405      405       405     405
accounts:profile                    sign-in    ok           ok        ok       ok        ok      ok
accounts:confirm_name               sign-in    405          405       405      405       405     405
account_login                       ok         moved        moved     moved    moved     moved   moved
account_request_login_code          ok         moved        moved     moved    moved     moved   moved
account_confirm_login_code          sign-in    moved        moved     moved    moved     moved   moved
account_logout                      moved      ok           ok        ok       ok        ok      ok
account_inactive                    ok         ok           ok        ok       ok        ok      ok
account_signup                      sign-in    sign-in      sign-in   sign-in  sign-in   sign-in sign-in
account_reauthenticate              sign-in    ok           ok        ok       ok        ok      ok
accounts:sign_ins                   sign-in    ok           ok        ok       ok        ok      ok
accounts:reset_second_factor        sign-in    404          404       404      404       404     ok
mfa_authenticate                    sign-in    moved        moved     moved    moved     moved   moved
mfa_reauthenticate                  sign-in    sign-in      sign-in   sign-in  sign-in   sign-in sign-in
mfa_reauthenticate_webauthn         sign-in    sign-in      sign-in   sign-in  sign-in   sign-in sign-in
mfa_index                           sign-in    ok           ok        ok       ok        ok      ok
mfa_list_webauthn                   sign-in    ok           ok        ok       ok        ok      ok
mfa_activate_totp                   sign-in    ok           ok        ok       ok        ok      ok
mfa_deactivate_totp                 sign-in    404          404       404      404       404     404
mfa_add_webauthn                    sign-in    ok           ok        ok       ok        ok      ok
mfa_remove_webauthn                 sign-in    404          404       404      404       404     404
mfa_view_recovery_codes             sign-in    404          404       404      404       404     404
mfa_generate_recovery_codes         sign-in    ok           ok        ok       ok        ok      ok
openid_connect_login                404        404          404       404      404       404     404
openid_connect_callback             404        404          404       404      404       404     404
imprint                             ok         ok           ok        ok       ok        ok      ok
privacy                             ok         ok           ok        ok       ok        ok      ok
accessibility                       ok         ok           ok        ok       ok        ok      ok
feedback                            ok         ok           ok        ok       ok        ok      ok
easy_language                       ok         ok           ok        ok       ok        ok      ok
sign_language                       ok         ok           ok        ok       ok        ok      ok
set_language                        moved      moved        moved     moved    moved     moved   moved
favicon                             moved      moved        moved     moved    moved     moved   moved
"""

# What changes something, for those who may not; „may“ is tried by the tests of the page.
CHANGING = """
                                    anonymous  participant  other_p.  trainer  other_t.  agency  coordinator
trainings:register                  sign-in    may          may       may      may       may     may
trainings:cancel                    sign-in    may          404       404      404       404     404
trainings:answer_offer              sign-in    may          404       404      404       404     404
trainings:wait_for_more             sign-in    may          404       404      404       404     404
trainings:pass_on                   sign-in    may          404       404      404       404     404
trainings:move                      sign-in    may          404       404      404       404     404
trainings:change_needs              sign-in    may          404       404      404       404     404
trainings:change_supervisor         sign-in    may          404       404      404       404     404
trainings:take_back                 sign-in    may          may       may      may       may     may
trainings:request_about_data        sign-in    may          may       may      may       may     may
trainings:withdraw_request          sign-in    may          404       404      404       404     404
trainings:answer_request            sign-in    404          404       404      404       404     may
trainings:erase_person              sign-in    404          404       404      404       404     may
trainings:restrict_person           sign-in    404          404       404      404       404     may
trainings:end_restriction           sign-in    404          404       404      404       404     may
trainings:approval                  may        may          may       may      may       may     may
trainings:offer                     may        may          may       may      may       may     may
trainings:cancel_by_link            may        may          may       may      may       may     may
trainings:subscribe                 sign-in    may          may       may      may       may     may
trainings:change_subscription       sign-in    may          404       404      404       404     404
trainings:revoke_subscription       sign-in    may          404       404      404       404     404
trainings:unsubscribe               may        may          may       may      may       may     may
trainings:check_in                  sign-in    may          may       may      may       may     may
trainings:check_in_session          sign-in    may          may       may      may       may     may
trainings:attendance                sign-in    404          404       may      404       404     may
trainings:add_walk_in               sign-in    404          404       may      404       404     may
trainings:paper                     sign-in    404          404       may      404       404     may
trainings:upload_scan               sign-in    404          404       may      404       404     may
trainings:refile                    sign-in    404          404       may      404       404     may
trainings:submit                    sign-in    404          404       may      404       404     may
trainings:close                     sign-in    404          404       404      404       404     may
trainings:check_ins                 sign-in    404          404       may      404       404     may
trainings:enter_personal_code       sign-in    404          404       may      404       404     may
trainings:online_attendance         sign-in    404          404       may      404       404     may
trainings:take_back_import          sign-in    404          404       may      404       404     may
trainings:attendance_taps           401        404          404       may      404       404     may
trainings:register_other            sign-in    404          404       404      404       404     may
trainings:new_master_data           sign-in    404          404       404      404       404     may
trainings:edit_master_data          sign-in    404          404       404      404       404     may
trainings:remove_master_data        sign-in    404          404       404      404       404     may
trainings:agency_contacts           sign-in    404          404       404      404       404     may
trainings:new_agreement             sign-in    404          404       404      404       404     may
trainings:edit_agreement            sign-in    404          404       404      404       404     may
trainings:end_agreement             sign-in    404          404       404      404       404     may
trainings:remove_agreement          sign-in    404          404       404      404       404     may
trainings:new_person                sign-in    404          404       404      404       404     may
trainings:edit_person               sign-in    404          404       404      404       404     may
trainings:add_address               sign-in    404          404       404      404       404     may
trainings:end_account               sign-in    404          404       404      404       404     may
trainings:reopen_account            sign-in    404          404       404      404       404     may
trainings:merge_people              sign-in    404          404       404      404       404     may
trainings:undo_merge                sign-in    404          404       404      404       404     may
trainings:end_account_of_colleague  sign-in    404          404       404      404       may     404
trainings:rename_colleague          sign-in    404          404       404      404       may     404
trainings:end_own_account           sign-in    may          may       may      may       may     may
trainings:table                     sign-in    404          404       404      404       404     may
trainings:confirm_table             sign-in    404          404       404      404       404     may
trainings:change_capacity           sign-in    404          404       404      404       404     may
trainings:publish                   sign-in    404          404       404      404       404     may
trainings:new_run                   sign-in    404          404       404      404       404     may
trainings:edit_run                  sign-in    404          404       404      404       404     may
trainings:copy_run                  sign-in    404          404       404      404       404     may
trainings:withdraw                  sign-in    404          404       404      404       404     may
trainings:reopen                    sign-in    404          404       404      404       404     may
trainings:cancel_run                sign-in    404          404       404      404       404     may
trainings:cancel_other              sign-in    404          404       404      404       404     may
trainings:move_up                   sign-in    404          404       404      404       404     may
trainings:give_now                  sign-in    404          404       404      404       404     may
trainings:approve                   sign-in    404          404       404      404       404     may
trainings:decline                   sign-in    404          404       404      404       404     may
trainings:run_contingents           sign-in    404          404       404      404       404     may
trainings:change_contingent         sign-in    404          404       404      404       404     may
trainings:invite                    sign-in    404          404       404      404       404     may
trainings:invite_groups             sign-in    404          404       404      404       404     may
trainings:offer_other_run           sign-in    404          404       404      404       404     may
trainings:plan                      sign-in    404          404       404      404       404     may
trainings:remove_contingent         sign-in    404          404       404      404       404     may
trainings:hold_anyway               sign-in    404          404       404      404       404     may
trainings:note_interest             sign-in    may          may       may      may       may     may
trainings:run_reminders             sign-in    404          404       404      404       404     may
trainings:send_again                sign-in    404          404       404      404       404     may
trainings:address_works             sign-in    404          404       404      404       404     may
trainings:announce                  sign-in    404          404       404      404       404     may
trainings:check_person              sign-in    404          404       404      404       404     may
trainings:register_list             sign-in    404          404       404      404       may     404
trainings:hold_places               sign-in    404          404       404      404       may     404
trainings:name_place                sign-in    404          404       404      404       may     404
trainings:give_back_place           sign-in    404          404       404      404       may     404
trainings:decide                    sign-in    404          404       404      404       may     404
trainings:cancel_colleague          sign-in    404          404       404      404       may     404
trainings:substitute_colleague      sign-in    404          404       404      404       may     404
trainings:coordination_list         sign-in    404          404       404      404       404     may
certificates:revoke                 sign-in    404          404       404      404       404     may
certificates:replace                sign-in    404          404       404      404       404     may
certificates:correct_name           sign-in    404          404       404      404       404     may
certificates:issue                  sign-in    404          404       404      404       404     may
trainings:message_text              sign-in    404          404       404      404       404     may
trainings:page_text                 sign-in    404          404       404      404       404     may
evidence:new_period                 sign-in    404          404       404      404       404     may
evidence:edit_period                sign-in    404          404       404      404       404     may
evidence:remove_period              sign-in    404          404       404      404       404     may
evidence:new_door                   sign-in    404          404       404      404      404     may
evidence:prolong_door               sign-in    404          404       404      404      404     may
evidence:renew_door_link            sign-in    404          404       404      404      404     may
evidence:close_door                 sign-in    404          404       404      404      404     may
evidence:answer_question            sign-in    404          404       404      404      404     may
evidence:door_link                  may        may          may       may      may      may     may
evidence:door_code                  may        may          may       may      may      may     may
evidence:leave_audit                may        may          may       may      may      may     may
evidence:new_format                 sign-in    404          404       404      404       404     may
evidence:copy_format                sign-in    404          404       404      404       404     may
evidence:edit_format                sign-in    404          404       404      404       404     may
evidence:remove_format              sign-in    404          404       404      404       404     may
evidence:new_indicator              sign-in    404          404       404      404       404     may
evidence:edit_indicator             sign-in    404          404       404      404       404     may
evidence:remove_indicator           sign-in    404          404       404      404       404     may
evidence:targets                    sign-in    404          404       404      404       404     may
evidence:new_dossier                sign-in    404          404       404      404       404     may
evidence:dossier_file               sign-in    404          404       404      404       404     may
evidence:hand_in                    sign-in    404          404       404      404       404     may
evidence:new_supplement             sign-in    404          404       404      404       404     may
evidence:check_dossier              may        may          may       may      may       may     may
certificates:wording                sign-in    404          404       404      404       404     may
accounts:profile                    sign-in    may          may       may      may       may     may
accounts:confirm_name               sign-in    may          may       may      may       may     may
accounts:demo_sign_in               may        may          may       may      may       may     may
certificates:verify                 may        may          may       may      may       may     may
certificates:compare_file           may        may          may       may      may       may     may
account_login                       may        may          may       may      may       may     may
account_request_login_code          may        may          may       may      may       may     may
account_confirm_login_code          may        may          may       may      may       may     may
account_logout                      may        may          may       may      may       may     may
accounts:sign_ins                   sign-in    may          may       may      may       may     may
accounts:reset_second_factor        sign-in    404          404       404      404       404     may
account_reauthenticate              sign-in    may          may       may      may       may     may
mfa_activate_totp                   sign-in    may          may       may      may       may     may
mfa_add_webauthn                    sign-in    may          may       may      may       may     may
mfa_deactivate_totp                 sign-in    404          404       404      404       404     404
mfa_remove_webauthn                 sign-in    404          404       404      404       404     404
mfa_generate_recovery_codes         sign-in    may          may       may      may       may     may
set_language                        may        may          may       may      may       may     may
evidence:audit                      403        403          403       403      403      403     403
evidence:audit_runs                 403        403          403       403      403      403     403
evidence:audit_run                  403        403          403       403      403      403     403
evidence:audit_called_off           403        403          403       403      403      403     403
"""

# What nothing can be posted to: 405, a sign-in first, or „there is no such thing“; never a change.
HARMLESS = {"404", "405", "sign-in", "ok", "moved"}


def rows(table: str) -> dict[str, list[str]]:
    lines = [line.split() for line in table.strip("\n").splitlines()[1:]]
    assert len({line[0] for line in lines}) == len(lines)
    return {name: outcomes for name, *outcomes in lines}


def addresses(resolver: URLResolver | None = None, route: str = "", namespace: str = "") -> Iterator[tuple[str, str]]:
    """Name and route of every address there is."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from addresses(entry, route + str(entry.pattern), inner)
        elif isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}", route + str(entry.pattern)


def of_the_site() -> dict[str, str]:
    return {name: route for name, route in addresses() if not name.startswith("admin:")}


def outcome(response: Any) -> str:
    if response.status_code in {301, 302}:
        return "sign-in" if response.url.startswith(reverse("account_login")) else "moved"
    return {200: "ok"}.get(response.status_code, str(response.status_code))


def filled_in(name: str, args: dict[str, list[Any]]) -> str:
    try:
        return reverse(name, args=args.get(name, []))
    except NoReverseMatch:
        pytest.fail(f"say in the fixture args what {name} is about: its address is {of_the_site()[name]}")


def against_the_table(seen: dict[str, list[str]], table: dict[str, list[str]]) -> list[str]:
    return [
        f"{name}, {person}: the table says {declared}, the site {got}"
        for name in table
        for person, declared, got in zip(PEOPLE, table[name], seen[name], strict=True)
        if declared != got
    ]


def page_of_a_pdf() -> bytes:
    """As small as one can be that programs read."""
    writer, file = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(file)
    return file.getvalue()


@pytest.fixture
def people(participant, other_participant, trainer, other_trainer, agency_contact, coordinator) -> dict[str, Client]:
    """A browser for each, signed in."""
    found = {"anonymous": Client()}
    signed_in = [participant, other_participant, trainer, other_trainer, agency_contact, coordinator]
    for name, person in zip(PEOPLE[1:], signed_in, strict=True):
        found[name] = Client()
        found[name].force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return found


@pytest.fixture
def args(settings, participant, trainer, other_trainer, coordinator) -> dict[str, list[Any]]:
    return what_addresses_are_about(settings, participant, trainer, other_trainer, coordinator)


def what_addresses_are_about(
    settings: Any, participant: User, trainer: User, other_trainer: User, coordinator: User
) -> dict[str, list[Any]]:
    """By name; builds all of it. ``benchmarks.growth`` opens the same pages."""
    dossier = build_dossier(coordinator)
    handed_in = build_dossier(coordinator, handed_in=True)
    build_run(trainers=[other_trainer])
    coming = build_run(trainers=[trainer])
    registration = build_registration(coming, participant, needs="Hörschleife")
    asked = build_registration(build_run(), status="requested", supervisor_email="chef@mayen.example")
    places = {"run": coming, "agency": participant.agency, "name_by": in_days(5).date(), "taken_by": participant}
    held, held_too = (HeldPlace.objects.create(**places, taken_at=timezone.now()) for _ in range(2))
    token = calendars.subscribe(participant)
    [subscription] = calendars.subscriptions_of(participant)
    calendars.note_fetch(subscription, "Thunderbird")  # for the next hour, reading it changes nothing
    to_check = build_person("noor@verein.example", organisation="Verein Willkommen")
    draft = build_run(published_at=None)
    running = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30))
    build_registration(running)
    counting = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30))
    attendance.check_in(only_session(counting), build_registration(counting).person, way="typed")
    showing = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30))
    build_registration(showing)
    code_of_a_while_ago = attendance.room_code(only_session(running), timezone.now() - dt.timedelta(minutes=3))
    online = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30), format="online")
    build_registration(online)
    finished = build_run(trainers=[trainer], starts_at=in_days(-3))
    attended = build_registration(finished, participant)
    attendance.record(only_session(finished), {attended.pk: Mark("present")}, Act(trainer))
    [certificate] = issuing.issue(finished, Act(coordinator))
    Certificate.objects.filter(pk=certificate.pk).update(
        rendered_at=timezone.now(), pdf=page_of_a_pdf(), sha256="0" * 64
    )
    printed = {"rendered_at": timezone.now(), "pdf": page_of_a_pdf(), "sha256": "0" * 64, "badge": "e30.e30.e30"}
    Certificate.objects.filter(pk=certificate.pk).update(**printed)
    settings.CERTIFICATE_BADGE_KEY = build_badge_key()
    [thumbprint] = proof.badge_keys()
    late = build_registration(finished)
    attendance.record(only_session(finished), {late.pk: Mark("present")}, Act(trainer))  # could be issued
    signed = build_agreement(participant.agency, content=PDF, content_type="application/pdf", size=15, sha256="0" * 64)
    scan = attendance.keep_scan(only_session(finished), PDF, Act(trainer), original_at="Projektbüro")
    full = build_run(capacity=1)
    build_registration(full)
    [sent, came_back] = [
        Message.objects.create(
            kind="registered", registration=registration, recipient=participant, status="sent", sent_at=timezone.now(),
            to_email=participant.email, bounced_at=bounced_at,
        )
        for bounced_at in (None, timezone.now())
    ]  # fmt: skip
    Correspondence.objects.change(participant, bounced_at=came_back.bounced_at)
    release_on = timezone.localdate() + dt.timedelta(days=10)
    contingent = Contingent.objects.create(run=coming, agency=participant.agency, reserved=1, release_on=release_on)
    half_year = Period.half_year(timezone.localdate(coming.starts_at))
    tokens = {"door": TOKEN, "prolong_door": "p" * 43, "renew_door_link": "r" * 43, "close_door": "c" * 43}
    doors = {page: build_door(token, opened_by=coordinator) for page, token in tokens.items()}
    return {
        "accounts:reset_second_factor": [participant.pk],
        "mfa_remove_webauthn": [1],
        "openid_connect_login": ["oidc"],
        "openid_connect_callback": ["oidc"],
        "trainings:course": [coming.course.slug],
        "trainings:register": [build_run(trainers=[trainer]).pk],
        "trainings:registration": [registration.pk],
        "trainings:personal_code": [registration.pk],
        "trainings:cancel": [registration.pk],
        "trainings:answer_offer": [registration.pk],
        "trainings:wait_for_more": [build_registration(build_run(), participant, "waitlisted").pk],
        "trainings:pass_on": [registration.pk],
        "trainings:move": [registration.pk, build_run(coming.course).pk],
        "trainings:change_needs": [registration.pk],
        "trainings:change_supervisor": [
            build_registration(build_run(), participant, "requested", supervisor_email="falsch@mayen.example").pk
        ],
        "trainings:data_copy": ["json"],
        "trainings:request_about_data": ["restriction"],
        "trainings:withdraw_request": [request_about_data(participant).pk],
        "trainings:answer_request": [request_about_data(other_trainer).pk],
        "trainings:erase_person": [build_person().pk],
        "trainings:restrict_person": [build_person().pk],
        "trainings:end_restriction": [build_person(is_active=False, restricted_at=timezone.now()).pk],
        "trainings:approval": [mails.link_token("approval", asked, "chef@mayen.example")],
        "trainings:offer": [mails.link_token("offer", build_registration(build_run(), status="offered"))],
        "trainings:cancel_by_link": [mails.link_token("cancel", build_registration(build_run()))],
        "trainings:unsubscribe": [mails.unsubscribe_token(mails.MailSubscription(coordinator))],
        "trainings:personal_feed": [token],
        "trainings:change_subscription": [subscription.pk],
        "trainings:revoke_subscription": [subscription.pk],
        "trainings:session_calendar": [only_session(coming).pk],
        "trainings:taught_in": [timezone.localtime(finished.starts_at).year],
        "trainings:attendance": [only_session(running).pk],
        "trainings:add_walk_in": [only_session(running).pk],
        "trainings:paper": [only_session(running).pk],
        "trainings:upload_scan": [only_session(running).pk],
        "trainings:scan": [scan.pk],
        "trainings:refile": [scan.pk],
        "trainings:submit": [only_session(finished).pk],
        "trainings:close": [finished.pk],
        "trainings:check_in_scanned": [only_session(running).pk, code_of_a_while_ago],
        "trainings:check_in_session": [only_session(running).pk],
        "trainings:room_code": [only_session(running).pk],
        "trainings:check_ins": [only_session(counting).pk],
        "trainings:enter_personal_code": [only_session(showing).pk],
        "trainings:online_attendance": [only_session(online).pk],
        "trainings:take_back_import": [imported(trainer).pk],
        "trainings:session_sheet": [only_session(coming).pk],
        "trainings:run_sheets": [coming.pk],
        "trainings:attendance_taps": [only_session(running).pk],
        "trainings:master_data_list": ["schulungen"],
        "trainings:new_master_data": ["orte"],
        "trainings:edit_master_data": ["schulungen", coming.course.pk],
        "trainings:remove_master_data": ["orte", build_venue().pk],
        "trainings:agency_contacts": [participant.agency_id],
        "trainings:new_agreement": [build_agency("Amt Neu", "").pk],
        "trainings:edit_agreement": [signed.pk],
        "trainings:end_agreement": [signed.pk],
        "trainings:remove_agreement": [build_agreement(build_agency("Amt Alt", "")).pk],
        "trainings:agreement_file": [signed.pk],
        "trainings:person": [participant.pk],
        "trainings:edit_person": [participant.pk],
        "trainings:add_address": [build_person("a1b2@no-address.example").pk],
        "trainings:end_account": [build_person().pk],
        "trainings:end_account_of_colleague": [build_person("geht@mayen.example").pk],
        "trainings:rename_colleague": [entered_by_their_agency(coming).pk],
        "trainings:reopen_account": [build_person(is_active=False).pk],
        "trainings:merge_people": [build_person().pk],
        "trainings:undo_merge": [merged(coordinator).pk],
        "trainings:file_of_audit": ["csv"],
        "trainings:file_of_refreshers": ["csv"],
        "trainings:table": ["behoerden"],
        "trainings:confirm_table": ["behoerden"],
        "trainings:table_file": ["personen", "csv"],
        "trainings:coordination_run": [coming.pk],
        "trainings:register_other": [coming.pk],
        "trainings:change_capacity": [coming.pk],
        "trainings:publish": [draft.pk],
        "trainings:new_run": [coming.course.pk],
        "trainings:edit_run": [coming.pk],
        "trainings:copy_run": [coming.pk],
        "trainings:withdraw": [build_run().pk],
        "trainings:reopen": [build_run(starts_at=in_days(-9), closed_at=timezone.now()).pk],
        "trainings:cancel_run": [coming.pk],
        "trainings:export": [coming.pk, "csv"],
        "trainings:cancel_other": [registration.pk],
        "trainings:file_of_half_year": ["xlsx"],
        "trainings:programme": [half_year.first.year, half_year.half, "broschuere", "de"],
        "trainings:file_of_figures": ["csv"],
        "trainings:figures_of_run": [finished.pk],
        "trainings:file_of_run": [finished.pk, "csv"],
        "trainings:queue": [coming.pk],
        "trainings:move_up": [build_registration(full, status="waitlisted").pk],
        "trainings:give_now": [build_registration(full, status="waitlisted").pk],
        "trainings:approve": [build_registration(coming, status="requested").pk],
        "trainings:decline": [build_registration(coming, status="requested").pk],
        "trainings:run_contingents": [coming.pk],
        "trainings:change_contingent": [contingent.pk],
        "trainings:remove_contingent": [contingent.pk],
        "trainings:hold_anyway": [coming.pk],
        "trainings:run_reminders": [coming.pk],
        "trainings:message": [sent.pk],
        "trainings:send_again": [sent.pk],
        "trainings:announce": [coming.pk],
        "trainings:address_works": [participant.pk],
        "trainings:invite": [coming.pk],
        "trainings:invite_groups": [coming.pk],
        "trainings:offer_other_run": [called_off().pk],
        "trainings:plan": [coming.course.slug],
        "trainings:note_interest": [coming.course.slug],
        "trainings:agency_run": [coming.pk],
        "trainings:register_list": [coming.pk],
        "trainings:hold_places": [build_run().pk],
        "trainings:name_place": [held.pk],
        "trainings:give_back_place": [held_too.pk],
        "trainings:decide": [build_registration(coming, status="requested").pk],
        "trainings:cancel_colleague": [build_registration(coming).pk],
        "trainings:substitute_colleague": [build_registration(coming).pk],
        "trainings:coordination_list": [coming.pk],
        "trainings:check_person": [to_check.pk],
        "certificates:download": [certificate.number],
        "certificates:show": [certificate.number],
        "certificates:revoke": [certificate.number],
        "certificates:replace": [certificate.number],
        "certificates:correct_name": [participant.pk],
        "certificates:record_of_colleague": [participant.pk],
        "certificates:record_of_colleague_file": [participant.pk],
        "certificates:record_of_person": [participant.pk],
        "certificates:record_of_person_file": [participant.pk],
        "certificates:badge": [certificate.number],
        "certificates:badge_key": [thumbprint],
        "certificates:badge_status": [0],
        "certificates:issue": [finished.pk],
        "trainings:message_text": ["registered", "de"],
        "trainings:message_text_preview": ["registered", "de"],
        "trainings:page_text": ["imprint", "de"],
        "trainings:page_text_preview": ["imprint", "de"],
        "certificates:wording": ["de"],
        "certificates:zipped": [finished.pk],
        "evidence:new_period": [build_funding().pk],
        "evidence:period": [build_period().pk],
        "evidence:edit_period": [build_period().pk],
        "evidence:missing": [build_period().pk],
        "evidence:file_of_missing": [build_period().pk, "xlsx"],
        "evidence:remove_period": [build_period().pk],
        "evidence:new_door": [build_period().pk],
        **{f"evidence:{page}": [doors[page].pk] for page in ("door", "prolong_door", "renew_door_link", "close_door")},
        "evidence:answer_question": [asked_by_an_auditor(doors["door"]).pk],
        "evidence:door_link": [TOKEN],
        "evidence:door_code": [TOKEN],
        **{f"evidence:{page}": [doors["door"].pk] for page in AUDITING},
        "evidence:audit_run": [doors["door"].pk, finished.pk],
        "evidence:audit_scan": [doors["door"].pk, scan.pk],
        "evidence:copy_format": ["runs"],
        "evidence:edit_format": [build_format().pk],
        "evidence:remove_format": [build_format().pk],
        "evidence:file_of_format": [build_period().pk, "people", "csv"],
        "evidence:indicators": [build_funding().pk],
        "evidence:file_of_indicators": [build_funding().pk],
        "evidence:indicators_of_period": [build_period().pk],
        "evidence:new_indicator": [build_funding().pk],
        "evidence:edit_indicator": [build_indicator().pk],
        "evidence:remove_indicator": [build_indicator().pk],
        "evidence:targets": [build_target().period_id],
        "evidence:new_dossier": [build_period().pk],
        "evidence:dossier": [dossier.period_id, dossier.number],
        "evidence:dossier_file": [dossier.period_id, dossier.number],
        "evidence:hand_in": [dossier.period_id, dossier.number],
        "evidence:changed_since": [handed_in.period_id],
        "evidence:new_supplement": [handed_in.period_id],
        "certificates:printed": [finished.pk],
        "certificates:verify": [certificate.code],
        "certificates:compare_file": [certificate.code],
    }


def asked_by_an_auditor(door: AuditorDoor) -> DoorQuestion:
    return DoorQuestion.objects.create(door=door, page="overview", text="Wo liegt das Original?")


def entered_by_their_agency(run: CourseRun) -> User:
    """Registered by the contact, and never here."""
    colleague = build_person("neu-hier@mayen.example", privacy_notice_noted_at=None)
    return build_registration(run, colleague, source="agency").person


def merged(coordinator: User) -> AccountMerge:
    kept = build_person()
    merge(kept, build_person(), Act(coordinator))
    return AccountMerge.objects.get(kept=kept)


def request_about_data(person: User) -> DataRequest:
    return DataRequest.objects.create(person=person, kind="erasure", due_on=in_days(20).date())


def imported(trainer: User) -> Session:
    """A session of which somebody's attendance was taken over from the export of the meeting."""
    run = build_run(trainers=[trainer], starts_at=timezone.now() - dt.timedelta(minutes=30), format="online")
    registration, session = build_registration(run), only_session(run)
    attendance.record(session, {registration.pk: Mark("present")}, Act(trainer, Channel.IMPORT))
    return session


def called_off() -> CourseRun:
    """A run somebody lost a place in, and of whose course there is another one."""
    at = timezone.now()
    run = build_run(cancelled_at=at, cancellation_reason="krank")
    build_registration(run, status="cancelled", status_changed_at=at)
    build_run(run.course)
    return run


def what_is_posted(args: dict[str, list[Any]]) -> dict[str, dict[str, Any]]:
    """What would do the thing, were it allowed."""
    on_the_list = Registration.objects.filter(run__sessions=args["trainings:paper"][0]).values_list("pk", flat=True)
    showing = Registration.objects.get(run__sessions=args["trainings:enter_personal_code"][0])
    running = AttendanceRecord.objects.exclude(session=args["trainings:attendance"][0]).first()
    assert running is not None
    next_week = f"{timezone.localdate() + dt.timedelta(days=7)}"
    session = {"day": next_week, "start": "09:00", "end": "12:00", "teaching_minutes": "180"}
    new_session = {f"n0-{name}": value for name, value in session.items()}
    asked_along = build_person()
    other_run = CourseRun.objects.get(course__runs=args["trainings:offer_other_run"][0], cancelled_at=None)
    doubts = ["no_trainer", "no_funding", "no_venue", "no_link", "no_working_day", "short_notice", "trainer_twice"]
    return {
        "trainings:change_needs": {"needs": "Rampe"},
        "trainings:change_supervisor": {"supervisor_email": "chefin@mayen.example"},
        "trainings:take_back": {"what": f"needs-{args['trainings:cancel'][0]}"},
        "trainings:answer_request": {"words": "Erledigt"},
        "trainings:erase_person": {"sure": "on"},
        "trainings:restrict_person": {"reason": "Antrag"},
        "trainings:end_restriction": {"reason": "Antrag"},
        "trainings:publish": {"doubts": doubts},
        "trainings:new_run": as_shown("new_run", args) | new_session | {"draft": "1"},
        "trainings:edit_run": as_shown("edit_run", args) | {"notes": "Bitte läuten"},
        "trainings:copy_run": as_shown("copy_run", args) | {"draft": "1"},
        "trainings:withdraw": {},
        "trainings:reopen": {"reason": "falsche Minuten"},
        "trainings:attendance": {"all_present": "1"},
        "trainings:add_walk_in": {"email": "neu@mayen.example", "last_name": "Neu", "group": "staff"},
        "trainings:paper": {"typed": "1"} | {f"row_{pk}": "x" for pk in on_the_list},
        "trainings:upload_scan": {"file": SimpleUploadedFile("liste.pdf", PDF), "original_at": "Büro"},
        "trainings:refile": {
            "session": str(args["trainings:paper"][0]),
            "original_at": "Archiv",
            "reason": "falsche Sitzung",
        },
        "trainings:submit": {"taught_minutes": "350"},
        "trainings:check_ins": {"head_count": "1", "excluded_as": "open"},
        "trainings:enter_personal_code": {"code": personal_code(showing)},
        "trainings:online_attendance": {"export": preview_of(*args["trainings:online_attendance"]), "absent": "1"},
        "trainings:take_back_import": {"made_at": f"{AttendanceChange.objects.get(channel='import').at.isoformat()}"},
        "trainings:new_master_data": {"name": "Neu", "town": "Mayen"},
        "trainings:edit_master_data": {"title": "Neu"},
        "trainings:agency_contacts": {"email": build_person().email},
        "trainings:new_agreement": {"starts_on": "2026-01-01", "signed_by": "Muster", "signed_on": "2025-12-01"},
        "trainings:edit_agreement": {"starts_on": "2026-01-01", "signed_by": "Muster", "signed_on": "2025-12-01"},
        "trainings:end_agreement": {"ends_on": next_week, "reason": "gekündigt"},
        "trainings:new_person": {"email": "n@mayen.example", "last_name": "N", "group": "staff", "role": "participant"}
        | {"language": "de"},
        "trainings:add_address": {"email": "bekannt@mayen.example"},
        "trainings:edit_person": {"email": "n@mayen.example", "last_name": "N", "group": "staff", "role": "participant"}
        | {"language": "de"},
        "trainings:rename_colleague": {"last_name": "Richtig"},
        "trainings:reopen_account": {"reason": "Rückkehr"},
        "trainings:merge_people": {"other": str(build_person().pk), "reason": "doppelt"},
        "trainings:undo_merge": {"reason": "doch zwei"},
        "trainings:table": {"file": SimpleUploadedFile("a.csv", AGENCY)},
        "trainings:confirm_table": {"table": keep_upload(AGENCY)},
        "trainings:register_other": {"person": str(build_person().pk), "reason": "Anruf"},
        "trainings:change_capacity": {"capacity": "20"},
        "trainings:cancel_run": {"reason": "krank"},
        "trainings:cancel_other": {"reason": "Anruf"},
        "trainings:check_person": {"agency": ""},
        "trainings:change_subscription": {"name": "Handy", "look_back": "30"},
        "trainings:register_list": {"checked": build_person().email},
        "trainings:hold_places": {"number": "1", "name_by": in_days(2).date().isoformat()},
        "trainings:name_place": {"person": str(build_person().pk)},
        "trainings:cancel_colleague": {"reason": "krank"},
        "trainings:substitute_colleague": {"person": str(build_person().pk)},
        "trainings:coordination_list": {"checked": build_person().email},
        "trainings:move_up": {"reason": "Anruf"},
        "trainings:give_now": {"reason": "Anruf"},
        "trainings:approve": {"reason": "Anruf"},
        "trainings:decline": {"reason": "Anruf"},
        "trainings:run_contingents": {
            "agency": str(build_agency("Verbandsgemeinde Pellenz", "pellenz.example").pk),
            "reserved": "2",
            "release_on": next_week,
        },
        "trainings:change_contingent": {"reserved": "2", "release_on": next_week},
        "trainings:invite": {"person": str(build_person().pk)},
        "trainings:invite_groups": {"agencies": [str(asked_along.agency_id)], "confirmed": "1"},
        "trainings:offer_other_run": {"other": str(other_run.pk)},
        "trainings:plan": {**session, "capacity": "8", "doubts": doubts},
        "trainings:note_interest": {"wish": "vormittags"},
        "trainings:send_again": {"seen": "0"},
        "trainings:announce": {
            "key": "0" * 32,
            "subject": "Anderer Eingang",
            "text": "Bitte nutzen Sie den Eingang im Hof.",
            "audience": "place",
            "to": args["trainings:cancel"],
            "send": "1",
        },
        "trainings:message_text": {"version": "0", "closing": "Bis bald!"},
        "trainings:page_text": {"version": "0", "text": "Kreis Musterland"},
        "evidence:new_period": {"first_on": "2025-01-01", "last_on": "2025-06-30"},
        "evidence:edit_period": {"first_on": "2025-01-01", "last_on": "2025-06-30", "due_on": "2026-12-31"},
        "evidence:new_door": {"auditor": "X", "email": "x@pruefung.example", "language": "de", "ends_on": next_week},
        "evidence:prolong_door": {"ends_on": next_week},
        "evidence:answer_question": {"text": "Im Archiv"},
        "evidence:audit": {"text": "Und?"},
        "evidence:new_format": {"name": "Land", "row": "run"},
        "evidence:edit_format": FORMAT | {"name": "Umbenannt", "step": "add", "new_content": "course"},
        "evidence:new_indicator": {"name": "Neu", "counts": "persons", "target": "120"},
        "evidence:edit_indicator": {"name": "Umbenannt", "counts": "persons"},
        "evidence:targets": {f"target-{PeriodTarget.objects.get().indicator_id}": "40"},
        "evidence:new_dossier": {"language": "de"},
        "evidence:hand_in": {"reason": "im Portal hochgeladen"},
        "evidence:check_dossier": {"sha256": "0" * 64},
        "certificates:wording": {
            "version": "0",
            "certifies": "Wir bescheinigen, dass",
            "attended": "die Schulung",
            "has_attended": "besucht hat.",
            "sign_off": "machine",
        },
        "certificates:revoke": {"reason": "falsche Person"},
        "certificates:replace": {"reason": "Name berichtigt"},
        "certificates:correct_name": {"last_name": "Neu"},
    }


def as_shown(name: str, args: dict[str, list[Any]]) -> dict[str, Any]:
    """What a coordinator's browser would send of the form as it stands."""
    client = Client()
    coordinator = User.objects.get(role=User.Role.COORDINATOR)
    client.force_login(coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    return fields_of(client.get(filled_in(f"trainings:{name}", args)).content.decode())


def preview_of(session_pk: int) -> str:
    """What a coordinator brings back from the preview of a file in which nobody stands."""
    coordinator = User.objects.get(role=User.Role.COORDINATOR)
    return packed(Export("zoom", ()), Session.objects.get(pk=session_pk), coordinator)


def everything() -> dict[str, list[dict[str, Any]]]:
    """All rows of our own tables, but for the record of who signed in, looked or took a file out."""

    def values(model: type[Model]) -> list[dict[str, Any]]:
        fields = [field.attname for field in model._meta.concrete_fields if field.attname != "last_login"]
        return list(model._default_manager.order_by("pk").values(*fields))

    models = [
        model
        for app in ("accounts", "trainings", "certificates", "evidence")
        for model in apps.get_app_config(app).get_models()
        if model is not AuditEvent
    ]
    return {model.__name__: values(model) for model in models}


def test_every_address_has_a_row_and_every_row_an_address():
    there, reading, changing = set(of_the_site()), set(rows(READING)), set(rows(CHANGING))
    assert there - reading == set(), "declare in READING who may open them (and in CHANGING, if something is posted)"
    assert (reading | changing) - there == set(), "there are no such addresses any more: take their rows away"
    wrong = [
        row for table in (READING, CHANGING) for row, outcomes in rows(table).items() if len(outcomes) != len(PEOPLE)
    ]
    assert wrong == [], f"a row has an outcome for each of {PEOPLE}"


# Each page with one of the people, the next page with the next; CI tries everybody everywhere.
SOME_OR_ALL = pytest.mark.parametrize("share", [len(PEOPLE), pytest.param(1, marks=pytest.mark.slow)])


@SOME_OR_ALL
def test_everybody_reads_what_the_table_says_and_reading_changes_nothing(people, args, share):
    before = everything()
    seen: dict[str, list[str]] = {}
    kept: dict[str, set[str]] = {}  # what goes to somebody signed in: pages, files, redirects and refusals alike
    for number, (name, expected) in enumerate(rows(READING).items()):
        for place, person in enumerate(PEOPLE):
            if (number + place) % share:
                seen.setdefault(name, []).append(expected[place])
                continue
            answer = people[person].get(filled_in(name, args))
            seen.setdefault(name, []).append(outcome(answer))
            control = answer.headers.get("Cache-Control", "")
            if person != "anonymous" and "no-store" not in control:
                kept.setdefault(name, set()).add(control)
    assert against_the_table(seen, rows(READING)) == []
    assert everything() == before
    assert kept.keys() - ASKED_FOR_AGAIN - PUBLIC == set(), (
        "say nothing of Cache-Control, as PersonalAnswersMiddleware does; or name the address here"
    )
    assert {name: kept[name] for name in ASKED_FOR_AGAIN if any("no-cache" not in said for said in kept[name])} == {}


PURPOSES = {"freigabe": "approval", "angebot": "offer", "abmelden": "cancel"}
SECRET = re.compile(r"/(freigabe|angebot|abmelden)/([\w:-]{20,})")


@pytest.mark.slow
def test_a_coordinator_reads_no_link_that_somebody_else_is_to_decide_with(people, args):
    """On no page, in no file, nowhere in the back office; sent mails, those that wait, and those that failed."""
    run = CourseRun.objects.get(pk=args["trainings:coordination_run"][0])
    kinds = {"requested": "approval_asked", "offered": "offered", "confirmed": "registered"}
    rows_of = {status: build_registration(run, status=status, supervisor_email=CHIEF) for status in kinds}
    messages = []
    for state in (Message.Status.SENT, Message.Status.QUEUED, Message.Status.DEAD):
        written = [mails.queue(kind, rows_of[status]) for status, kind in kinds.items()]
        for message in written:
            message.to_email = CHIEF if message.kind == "approval_asked" else ""
            message.recipient = None if message.to_email else message.registration.person
            message.save()
        if state == Message.Status.SENT:
            mails.deliver_due()
        else:
            Message.objects.filter(pk__in=[one.pk for one in written]).update(status=state)
        messages += written
    texts = Message.objects.filter(status=Message.Status.SENT).values_list("text", "html")
    secret = {found.rpartition(":")[2] for text in texts for _purpose, found in SECRET.findall("".join(text))}
    assert len(secret) >= len(kinds), "the mails themselves have them"

    coordinator = people["coordinator"]
    addresses_read = [filled_in(name, args) for name, row in rows(READING).items() if row[-1] == "ok"]
    addresses_read += [reverse("trainings:message", args=[message.pk]) for message in messages]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses_read.append(reverse(f"{name}_changelist"))
        addresses_read += [reverse(f"{name}_change", args=[pk]) for pk in model.objects.values_list("pk", flat=True)]
    addresses_read += [reverse("admin:trainings_message_changelist") + f"?q={CHIEF}"]
    for address in addresses_read:
        if SECRET.search(address):
            continue  # whoever has it shows it
        response = coordinator.get(address)
        if response.streaming:
            continue
        content = response.content
        if content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                content = b"".join(book.read(name) for name in book.namelist())
        shown = content.decode(errors="replace")
        assert [signature for signature in secret if signature in shown] == [], address
        links = [mails.read_link(PURPOSES[path], token) for path, token in SECRET.findall(shown)]
        assert [link for link in links if link] == [], address


# Files that may be kept where they are asked for again each time, for "not modified"; and what anybody may read.
ASKED_FOR_AGAIN = {"trainings:personal_feed", "trainings:attendance_worker"}
PUBLIC = {
    "trainings:public_feed", "certificates:badge_issuer", "certificates:badge_key", "certificates:badge_status",
}  # fmt: skip


@pytest.mark.slow
def test_what_is_posted_by_somebody_signed_in_is_answered_for_them_alone(people, args):
    signed_out = {"account_logout", "account_reauthenticate", "trainings:end_own_account"}  # these say nothing any more
    answers = set(rows(CHANGING)) - signed_out
    assert {name for name in answers if "no-store" not in cache_control_of_a_post(name, people, args)} == set()


def cache_control_of_a_post(name: str, people: dict[str, Client], args: dict[str, list[Any]]) -> str:
    control: str = people["participant"].post(filled_in(name, args), {}).headers.get("Cache-Control", "")
    return control


def test_what_a_secret_address_shows_is_kept_by_nobody_and_the_catalogue_may_be(people, args):
    anonymous = people["anonymous"]
    secret = [name for name, route in of_the_site().items() if "token>" in route and name not in ASKED_FOR_AGAIN]
    assert len(secret) == 6
    for name in [*secret, "trainings:check_in_scanned", "certificates:verify"]:
        assert "no-store" in anonymous.get(filled_in(name, args)).headers["Cache-Control"], name
    for name in ["trainings:catalogue", "trainings:course", "trainings:calendar", "imprint", "privacy"]:
        assert "Cache-Control" not in anonymous.get(filled_in(name, args)).headers, name


@pytest.mark.slow
def test_no_address_breaks_at_a_method_it_does_not_know(people, args):
    everything_before = everything()
    for name in rows(READING):
        for person in ["anonymous", "coordinator"]:
            for method in ["PROPFIND", "PUT", "DELETE", "PATCH", "TRACE", "GEHEIM"]:
                response = people[person].generic(method, filled_in(name, args))
                assert (response.status_code, "HEAD" in response.headers["Allow"]) == (405, True), (name, method)
            answer = people[person].options(filled_in(name, args))
            assert (answer.status_code, answer.content) == (204, b""), name
    assert everything() == everything_before


@pytest.mark.slow
def test_head_answers_as_get_does_without_the_content(people, args):
    for name, outcomes in rows(READING).items():
        response = people["coordinator"].head(filled_in(name, args))
        assert (outcome(response), response.content) == (outcomes[-1], b""), name


@SOME_OR_ALL
def test_who_may_not_change_something_does_not(people, args, share):
    posted = what_is_posted(args)
    before = everything()
    expected = rows(CHANGING)
    seen = {
        name: [
            allowed
            if allowed == "may" or (number + place) % share
            else outcome(people[person].post(filled_in(name, args), posted.get(name, {"reason": ""})))
            for place, (person, allowed) in enumerate(zip(PEOPLE, outcomes, strict=True))
        ]
        for number, (name, outcomes) in enumerate(expected.items())
    }
    assert against_the_table(seen, expected) == []
    assert everything() == before


@pytest.mark.slow
def test_what_was_posted_would_have_changed_something_for_those_who_may(people, args):
    """Otherwise the test before would prove nothing."""
    coordination = [
        "register_other",
        "change_capacity",
        "publish",
        "new_run",
        "edit_run",
        "copy_run",
        "withdraw",
        "reopen",
        "check_person",
        "move_up",
        "give_now",
        "approve",
        "decline",
        "run_contingents",
        "change_contingent",
        "remove_contingent",
        "hold_anyway",
        "invite",
        "invite_groups",
        "offer_other_run",
        "plan",
        "note_interest",
        "send_again",
        "address_works",
        "announce",
        "coordination_list",
        "cancel_other",
        "cancel_run",
        "attendance",
        "check_ins",
        "enter_personal_code",
        "online_attendance",
        "take_back_import",
    ]
    posted = what_is_posted(args)
    agency = [
        "register_list",
        "hold_places",
        "name_place",
        "give_back_place",
        "decide",
        "cancel_colleague",
        "substitute_colleague",
    ]
    acts = [("agency_contact", f"trainings:{word}") for word in agency]
    acts += [("coordinator", f"trainings:{word}") for word in coordination]
    acts += [("coordinator", "certificates:issue"), ("coordinator", "certificates:wording")]
    acts += [("coordinator", "trainings:message_text"), ("coordinator", "trainings:page_text")]
    for person, name in acts:
        before = everything()
        people[person].post(filled_in(name, args), posted.get(name, {"reason": ""}))
        assert everything() != before, f"{name}: say in what_is_posted what would change something"


@pytest.mark.slow
def test_addresses_without_a_row_for_changing_take_no_post(people, args):
    before = everything()
    readable = [name for name in rows(READING) if name not in rows(CHANGING)]
    for name in readable:
        for person in PEOPLE:
            got = outcome(people[person].post(filled_in(name, args), {}))
            # 403: without the session of an auditor, or once its page has set the cookie against forged posts
            assert got in HARMLESS | {"403"}, f"{name}, {person}: {got}; declare in CHANGING who may post there"
    assert everything() == before
    assert Registration.objects.count() == len(before["Registration"])


# --- The back office ------------------------------------------------------------------------------


def back_office() -> list[str]:
    """Every address of the back office, filled in."""
    fill_in = [(r"<path:\w+>", "1"), (r"\^\(\?P<app_label>.*", "trainings/"), (r"\(\?P<url>.*", "unfug")]
    found = []
    for name, route in addresses():
        if name.startswith("admin:"):
            for pattern, value in fill_in:
                route = re.sub(pattern, value, route)
            found.append(f"/{route}")
    return found


@pytest.mark.slow
def test_the_back_office_is_closed_to_all_but_coordinators(people):
    for address in back_office():
        response = people["anonymous"].get(address, follow=True)
        where = [url.partition("?")[0] for url, _status in response.redirect_chain]
        assert where[-1:] == [reverse("account_login")], address
        assert outcome(people["agency_contact"].get(address)) == "404", address
        assert outcome(people["agency_contact"].post(address, {})) == "404", address
    for person in PEOPLE[1:-1]:
        assert outcome(people[person].get(reverse("admin:index"))) == "404", person
        assert outcome(people[person].get(reverse("admin:accounts_user_changelist"))) == "404", person


def test_coordinators_see_the_lists_of_what_they_look_after(people, args):
    client = people["coordinator"]
    assert outcome(client.get(reverse("admin:index"))) == "ok"
    lists = [f"{model._meta.app_label}_{model._meta.model_name}" for model in admin.site._registry]
    seen = {name: outcome(client.get(reverse(f"admin:{name}_changelist"))) for name in lists}
    assert set(seen.values()) == {"ok"}
    assert sorted(seen) == [
        "accounts_agency",
        "accounts_user",
        "certificates_certificate",
        "trainings_course",
        "trainings_courserun",
        "trainings_funding",
        "trainings_message",
        "trainings_registration",
        "trainings_venue",
    ]


def test_after_signing_in_coordinators_return_to_the_page_of_the_back_office(people):
    wanted = reverse("admin:accounts_agency_changelist")
    response = people["anonymous"].get(wanted, follow=True)
    assert response.redirect_chain[-1][0] == f"{reverse('account_login')}?next={wanted}"
    login = reverse("admin:login")
    for target, leads_to in [(wanted, wanted), ("https://boese.example/", reverse("admin:index"))]:
        response = people["coordinator"].get(login, {"next": target})
        assert (response.status_code, response.url) == (302, leads_to)
