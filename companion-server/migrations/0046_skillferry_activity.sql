-- One kind of event, newest first, however many others there are: the activity page's filter, and what the overview counts.
CREATE INDEX ix_claude_ai_audit_log_event ON claude_ai_audit_log (event, created_at);
