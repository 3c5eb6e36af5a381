"""An item of each built-in kind, as JSON gives it."""

from typing import Any

PHOTO = "sha256:" + "ab" * 32
SIGNATURE = "cd" * 32

ITEMS: dict[str, dict[str, Any]] = {
    "spa_therapist": {
        "candidate_name": "अनन्या शर्मा",
        "course_name": "Balinese Massage, Level II",
        "start_date": "2026-01-05",
        "end_date": "2026-03-31",
        "passport_size_photo": PHOTO,
        "candidate_signature": SIGNATURE,
    },
    "manager_salary": {
        "manager_name": "ಸುಮಾ ಹೆಗಡೆ",
        "joining_date": "2021-06-14",
        "monthly_salary": "92000.00",
        "salary_breakdown": [
            {"month": "May 2026", "salary": "92000.00"},
            {"month": "June 2026", "salary": 92000.5},
        ],
    },
    "offer_letter": {
        "employee_name": "Rukhsana Merchant",
        "position": "Therapist",
        "start_date": "2026-12-01",
        "salary": 45000,
        "manager_signature": "R. Menon",
    },
    "experience_letter": {
        "candidate_name": "ঋত্বিকা সেন",
        "position": "Senior therapist",
        "joining_date": "2021-06-14",
        "end_date": "2026-03-31",
        "salary": "38500.50",
    },
    "appointment_letter": {
        "employee_name": "محمد عرفان",
        "position": "Receptionist",
        "start_date": "2026-12-01",
        "salary": "27500",
        "manager_signature": {"text": "Asha Rao"},
        "probation": "Six months.\r\nIt may be extended once.",
        "notice": "Two months on either side.",
    },
    "invoice_spa_bill": {
        "bill_number": "SB/0042",
        "bill_date": "2026-11-02",
        "payment_mode": "Card",
        "card_number": "4821",
        "customer_name": "ಶ್ರುತಿ ರಾವ್",
        "customer_address": "No. 18, 6th Cross\nBengaluru 560075",
        "lines": [
            {"service_name": "Swedish massage, 60 minutes", "hsn_code": "999723", "rate": "3400.00"},
            {"service_name": "Hair spa", "hsn_code": "999721", "quantity": 1, "rate": "1850.00", "tax_percent": 5},
            {"service_name": "Body butter, 200 ml", "hsn_code": "33049990", "quantity": 2, "rate": 979.99, "tax_percent": "18"},
        ],
    },
    "id_card": {
        "candidate_name": "கவிதா சுப்பிரமணியம்",
        "designation": "Spa manager",
        "date_of_joining": "2024-04-01",
        "contact_number": "+91 98765 43210",
        "candidate_photo": PHOTO,
    },
    "daily_sheet": {
        "sheet_date": "2026-11-14",
        "rows": [
            {"client": "Tanvi Dutta", "service": "Facial", "therapist": "Priya Rai", "room": "Lotus", "time_in": "9:00",
             "time_out": "10:00", "amount": "1400.00", "payment_mode": "UPI"},
            {"client": "Sunil Pillai", "service": "Haircut", "therapist": "anthony Raj", "amount": "700.00",
             "payment_mode": "Cash"},
            {"client": "Isha Pillai", "service": "Body butter", "amount": "980.00", "payment_mode": "UPI"},
            {"client": "Karan Bhat", "service": "Refund", "therapist": "Priya Rai", "amount": "-400.00",
             "payment_mode": "Cash"},
        ],
    },
}  # fmt: skip
