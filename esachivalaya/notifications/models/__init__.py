"""Rows about messages, by noun."""

from esachivalaya.notifications.models.breaker import Breaker
from esachivalaya.notifications.models.channels import Channel, ErrorClass, MessageClass
from esachivalaya.notifications.models.inbound import AnswerCount, InboundMessage, InboundWord
from esachivalaya.notifications.models.messages import Message
from esachivalaya.notifications.models.numbers import NumberMark, OptOut
from esachivalaya.notifications.models.receipts import Receipt, RefusedCall
from esachivalaya.notifications.models.templates import MessageTemplate

__all__ = [
    "AnswerCount",
    "Breaker",
    "Channel",
    "ErrorClass",
    "InboundMessage",
    "InboundWord",
    "Message",
    "MessageClass",
    "MessageTemplate",
    "NumberMark",
    "OptOut",
    "Receipt",
    "RefusedCall",
]
