begin;
create temp table q (i int);
insert into q values (1), (2);
select sum(i) from q;
commit;
