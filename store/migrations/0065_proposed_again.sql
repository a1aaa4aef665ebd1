-- Whether another time may be proposed follows from what was promised; a version before reads this.
alter table handoff alter column may_propose set default true;
