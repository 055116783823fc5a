#!/bin/sh
# A task that is a program: program.sh <uid> <behaviour> <form> <seconds> <base> <failures> [<input>...]
uid=$1 behaviour=$2 form=$3 seconds=$4 sum=$5 failures=$6
shift 6
echo "start $uid $$" >>"$CHAOS_LEDGER"
sleep "$seconds"
[ "$CHAOS_SECRET" = hush-4f1c0de5 ] || exit 3
case $behaviour in
  fail) exit 3 ;;
  hang) sleep 600 ;;
  flaky) [ "$(grep -c "^start $uid " "$CHAOS_LEDGER")" -gt "$failures" ] || exit 4 ;;
esac
place=0
for input; do
  place=$((place + 1))
  sum=$(((sum + place * ${input%%x*}) % 1000003))
done
echo "end $uid $$" >>"$CHAOS_LEDGER"
if [ "$form" = long ]; then printf '%s%70000s' "$sum" '' | tr ' ' x; else echo "$sum"; fi
